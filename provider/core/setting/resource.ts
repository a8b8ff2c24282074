import { outsOf, resourceOf } from "../resource.ts";
import { checkSetting } from "./check.ts";
import type { SettingInputs, SettingState } from "./model.ts";
import {
  createSetting,
  deleteSetting,
  diffSetting,
  forgetKnown,
  readSetting,
  updateSetting,
} from "./operations.ts";

export const setting = resourceOf<SettingInputs, SettingState>({
  manages: ({ key }) => ({ property: "key", of: ["setting", key] }),
  seen: {
    async check(multipass, olds) {
      if (olds.key !== undefined) await forgetKnown(multipass, olds as SettingInputs);
    },
  },
  check: (_olds, news) => checkSetting(news),
  diff: diffSetting,
  create: createSetting,
  read: outsOf(readSetting),
  update: updateSetting,
  delete: deleteSetting,
  outcome: ({ key }) => `${key} is set`,
  deletion: ({ key, deletionPolicy }) => (deletionPolicy === "keep" ? "left as it is" : `${key} is put back`),
});
