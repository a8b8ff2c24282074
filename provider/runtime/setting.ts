import { checkSetting } from "../lifecycle/setting/check.ts";
import type { SettingInputs, SettingState } from "../lifecycle/setting/model.ts";
import {
  createSetting,
  deleteSetting,
  diffSetting,
  readSetting,
  updateSetting,
} from "../lifecycle/setting/operations.ts";
import { operationsOf } from "./operations.ts";

export const setting = operationsOf<SettingInputs, SettingState>({
  check: (_olds, news) => checkSetting(news),
  diff: diffSetting,
  create: createSetting,
  read: readSetting,
  update: updateSetting,
  delete: deleteSetting,
});
