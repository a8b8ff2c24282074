import { checkSetting } from "../lifecycle/setting/check.ts";
import type { SettingInputs, SettingState } from "../lifecycle/setting/model.ts";
import {
  createSetting,
  deleteSetting,
  diffSetting,
  forgetKnown,
  readSetting,
  updateSetting,
} from "../lifecycle/setting/operations.ts";
import { onHost } from "./known.ts";
import { operationsOf } from "./operations.ts";

const operations = operationsOf<SettingInputs, SettingState>({
  check: (_olds, news) => checkSetting(news),
  diff: diffSetting,
  create: createSetting,
  read: readSetting,
  update: updateSetting,
  delete: deleteSetting,
  outcome: ({ key }) => `${key} is set`,
  deletion: ({ key, deletionPolicy }) => (deletionPolicy === "keep" ? "left as it is" : `${key} is put back`),
});

export const setting = {
  ...operations,

  async check(olds: Partial<SettingState>, news: Record<string, unknown>) {
    if (olds.key !== undefined) await onHost(olds, (host) => forgetKnown(host, olds as SettingState));
    return operations.check(olds, news);
  },
};
