import { must } from "./statement.ts";
import type { Subject } from "./subject.ts";

/** The one instance whose life the statements follow. */
export const vm = (subject: Subject) => subject.name("vm");
export const get = async (subject: Subject, key: string) =>
  (await must(subject, ["get", `local.${vm(subject)}.${key}`])).stdout;
export const set = (subject: Subject, setting: string) =>
  subject.run(["set", `local.${vm(subject)}.${setting}`]);
export const info = async (subject: Subject, name = vm(subject)) =>
  JSON.parse((await must(subject, ["info", name, "--format", "json"])).stdout).info[name];
export const mustStop = "Instance must be stopped for modification";
