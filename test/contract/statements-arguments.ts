import assert from "node:assert/strict";
import { join } from "node:path";
import { type Statement, says } from "./statement.ts";

const clear = "\u001b[2K\u001b[0A\u001b[0E";
const missing = (command: string, name: string) =>
  `${command} failed: The following errors occurred:\ninstance "${name}" does not exist\n`;

/** Command lines, refusals of the client, and instances that do not exist. Nothing is created. */
export const argumentStatements: Statement[] = [
  {
    title: "version --format json names client and daemon",
    async holds({ run }) {
      const { code, stdout } = await run(["version", "--format", "json"]);
      assert.equal(code, 0);
      const { multipass, multipassd } = JSON.parse(stdout);
      assert.equal(typeof multipass, "string");
      assert.equal(typeof multipassd, "string");
    },
  },
  {
    title: "list --format json is an object with an array, four blanks deep",
    async holds({ run }) {
      const { stdout } = await run(["list", "--format", "json"]);
      assert.match(stdout, /^\{\n {4}"list": \[\n/);
      assert.ok(Array.isArray(JSON.parse(stdout).list));
    },
  },
  {
    title: "info --format json has an empty array of errors and an object",
    async holds({ run }) {
      const { errors, info } = JSON.parse(
        (await run(["info", "--format", "json", "--no-runtime-information"])).stdout,
      );
      assert.deepEqual(errors, []);
      assert.equal(typeof info, "object");
    },
  },
  says("an unknown command is told on stdout, exit 1", ["foo"], 1, "", {
    stdout: `Error: Unknown command or alias 'foo' (try "multipass help" or "multipass aliases")\n`,
  }),
  says("an unknown option is told on stderr, exit 1", ["list", "--bogus"], 1, "Unknown option 'bogus'.\n", {
    stdout: "",
  }),
  says("no command prints the help and exits 2", [], 2, "", {
    stdout: /^Usage: multipass \[options\] <command>\n/,
  }),
  says("delete needs a name", ["delete"], 1, "Name argument or --all is required\n"),
  says(
    "stop takes either names or --all",
    ["stop", "--all", "x"],
    1,
    "Cannot specify name when --all option set\n",
    {
      onlySimulated: "a refusal that does not come would stop everybody's machines",
    },
  ),
  says("purge takes no arguments", ["purge", "x"], 1, "This command takes no arguments\n", {
    onlySimulated: "a refusal that does not come would purge everybody's machines",
  }),
  says("an unknown format is refused", ["list", "--format", "xml"], 1, "Invalid format type given.\n"),
  says(
    "get wants a key",
    ["get"],
    1,
    "Multiple settings not implemented yet. Please try again with one setting key or just the `--keys` option for now.\n",
  ),
  says(
    "get refuses an unknown key of the daemon",
    ["get", "local.nosuch"],
    2,
    "get failed: Unrecognized settings key: 'local.nosuch'\n",
  ),
  says("get --keys lists the settings", ["get", "--keys"], 0, "", {
    stdout: /^client\.primary-name\n(?:.*\n)*local\.driver\n/m,
  }),
  says(
    "set names the instance that is missing",
    ["set", "local.nosuch.cpus=2"],
    2,
    "set failed: Cannot update instance settings; instance: nosuch; reason: No such instance\n",
  ),
  says(
    "set refuses an unknown driver",
    ["set", "local.driver=nosuch"],
    2,
    "set failed: Invalid setting 'local.driver=nosuch': Invalid driver\n",
  ),
  says(
    "launch refuses cpus of 0",
    ["launch", "--cpus", "0"],
    1,
    "Error: invalid CPU count '0', need a positive integer value.\n",
  ),
  {
    title: "launch refuses a size without sense by an exception of the client",
    async holds({ run }) {
      const { code, stderr } = await run(["launch", "--memory", "lots"]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^\[.*\] \[error\] \[client\] Caught an unhandled exception: lots is not a valid memory size/,
      );
    },
  },
  says(
    "launch refuses a cloud-init file that is not there",
    ["launch", "--cloud-init", "/nonexistent.yaml"],
    1,
    "Could not load cloud-init configuration: bad file: /nonexistent.yaml\nPlease ensure that Multipass can read it.\n",
  ),
  says("launch takes one image", ["launch", "a", "b"], 1, "Too many arguments supplied\n"),
  says(
    "launch refuses a timeout of 0",
    ["launch", "--timeout", "0"],
    1,
    "error: --timeout value has to be a positive integer\n",
  ),
  says(
    "launch refuses a mount of nothing",
    ({ folder }) => ["launch", "--mount", join(folder, "nosuch")],
    1,
    ({ folder }) => `Mount source path "${join(folder, "nosuch")}" does not exist\n`,
  ),
  says(
    "launch names a remote that it does not know",
    ["launch", "foo:bar"],
    2,
    "launch failed: Remote 'foo' is not found. Please use `multipass find` for supported remotes and images.\n",
    { stdout: clear + clear },
  ),
  says(
    "launch of an unknown image fails",
    ["launch", "nosuchimage"],
    2,
    /^launch failed: Unable to find an image matching "nosuchimage" in remote "".*\n$/,
  ),
  says(
    "launch refuses too little memory, by the daemon",
    ({ image }) => ["launch", image, "--memory", "1K"],
    2,
    "launch failed: Invalid arguments supplied\nInvalid memory size value supplied: 1K.\n",
    { stdout: clear + clear },
  ),
  says(
    "launch refuses too small a disk, by the daemon",
    ({ image }) => ["launch", image, "--disk", "1K"],
    2,
    "launch failed: Invalid arguments supplied\nInvalid disk size value supplied: 1K.\n",
  ),
  says(
    "launch refuses a bad name, by the daemon",
    ({ image }) => ["launch", image, "--name", "bad_name!"],
    2,
    "launch failed: Invalid arguments supplied\nInvalid instance name supplied: bad_name!\n",
  ),
  says(
    "launch refuses a network that it does not know",
    ({ image }) => ["launch", image, "--network", "nosuch"],
    2,
    /^launch failed: Invalid arguments supplied\nInvalid network options/,
  ),
  says(
    "launch of a file that is not there fails after `Creating`",
    ({ folder, name }) => ["launch", `file://${folder}/nosuch.img`, "--name", name("nofile")],
    2,
    ({ folder }) => `launch failed: Custom image \`${folder}/nosuch.img\` does not exist.\n`,
    { stdout: /Creating / },
  ),
  ...["info", "delete", "recover", "stop", "suspend", "restart"].map((command) =>
    says(`${command} frames the name that is missing`, [command, "nosuch"], 2, missing(command, "nosuch")),
  ),
  says(
    "start has its own words for it",
    ["start", "nosuch"],
    2,
    "start failed: instance(s) missing\nInstance 'nosuch' does not exist.\n",
    { stdout: /^\u001b\[2K\u001b\[0A\u001b\[0EStarting nosuch {2}/ },
  ),
  says("exec says it twice", ["exec", "nosuch", "--", "true"], 2, missing("exec", "nosuch").repeat(2)),
  says("exec -n says it once", ["exec", "-n", "nosuch", "--", "true"], 2, missing("exec", "nosuch")),
  says(
    "mount says it in single quotes",
    ({ folder }) => ["mount", folder, "nosuch"],
    2,
    "mount failed: The following errors occurred:\ninstance 'nosuch' does not exist\n",
    { stdout: clear + clear },
  ),
  says(
    "umount, too",
    ["umount", "nosuch"],
    2,
    "umount failed: The following errors occurred:\ninstance 'nosuch' does not exist\n",
  ),
  says(
    "transfer frames the name that is missing",
    ({ folder }) => ["transfer", "-r", folder, "nosuch:/tmp/"],
    2,
    missing("transfer", "nosuch"),
  ),
  says(
    "snapshot does not frame it",
    ["snapshot", "nosuch"],
    2,
    `snapshot failed: instance "nosuch" does not exist\n`,
  ),
  says("clone, neither", ["clone", "nosuch"], 2, `clone failed: instance "nosuch" does not exist\n`, {
    since: 115,
  }),
  says("clone is not known before 1.15", ["clone", "nosuch"], 1, "", {
    before: 115,
    stdout: /^Error: Unknown command or alias 'clone'/,
  }),
  says(
    "restore, neither",
    ["restore", "nosuch.s1", "-d"],
    2,
    `restore failed: instance "nosuch" does not exist\n`,
  ),
  says("alias has words that do not help", ["alias", "nosuch:ls"], 1, "Error retrieving list of instances\n"),
  says(
    "mount refuses a source that is not there",
    ({ folder }) => ["mount", join(folder, "nosuch"), "x"],
    1,
    /^Source path ".*nosuch" does not exist\n$/,
  ),
  says("wait-ready is not known before 1.17", ["wait-ready"], 1, "", {
    before: 117,
    stdout: /^Error: Unknown command or alias 'wait-ready'/,
  }),
  says("wait-ready succeeds when all is well", ["wait-ready", "--timeout", "300"], 0, "", { since: 117 }),
  says("zones are not known before 1.17", ["zones"], 1, "", {
    before: 117,
    stdout: /^Error: Unknown command or alias 'zones'/,
  }),
  {
    title: "zones --format json tells availability and subnet",
    since: 117,
    async holds({ run }) {
      const zones = JSON.parse((await run(["zones", "--format", "json"])).stdout);
      assert.equal(typeof zones.zone1.available, "boolean");
      assert.equal(typeof zones.zone1.subnet, "string");
    },
  },
  says(
    "an unknown zone is refused",
    ({ image }) => ["launch", image, "--zone", "nosuch"],
    2,
    /No AZ with name: nosuch\n$/,
    { since: 117 },
  ),
  {
    title: "find --format json keys images by their first alias, with a version as text",
    async holds({ run }) {
      const { images } = JSON.parse((await run(["find", "--format", "json"])).stdout);
      assert.equal(typeof images["24.04"].version, "string");
      assert.ok(images["24.04"].aliases.includes("noble"));
      assert.equal(images["24.04"].os, "Ubuntu");
      assert.equal(images["24.04"].remote, "release");
    },
  },
  {
    title: "find of something unknown is an empty result, exit 0",
    async holds({ run }) {
      const { code, stdout } = await run(["find", "nosuchimage", "--format", "json"]);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout).images, {});
    },
  },
  {
    title: "find has the key of blueprints before 1.17",
    before: 117,
    async holds({ run }) {
      assert.ok("blueprints (deprecated)" in JSON.parse((await run(["find", "--format", "json"])).stdout));
    },
  },
  {
    title: "networks --format json lists name, type and description",
    async holds({ run }) {
      const { code, stdout } = await run(["networks", "--format", "json"]);
      assert.equal(code, 0);
      for (const entry of JSON.parse(stdout).list) {
        assert.deepEqual(Object.keys(entry).sort(), ["description", "name", "type"]);
      }
    },
  },
  {
    title: "aliases --format json has an active context",
    async holds({ run }) {
      const aliases = JSON.parse((await run(["aliases", "--format", "json"])).stdout);
      assert.equal(typeof aliases["active-context"], "string");
      assert.equal(typeof aliases.contexts, "object");
    },
  },
];
