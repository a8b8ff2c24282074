import * as multipass from "pulumi-multipass";

const vm = new multipass.Instance("dev", {
  image: "24.04",
  cpus: 2,
  memory: "2G",
  disk: "10G",
  cloudInit: "#cloud-config\npackages: [git, build-essential]\n",
});

export const name = vm.name;
export const ip = vm.ipAddress;
export const release = vm.release;
