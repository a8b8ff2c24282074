import { checkSetting } from "../lifecycle/setting/check.ts";
import type { SettingInputs, SettingState } from "../lifecycle/setting/model.ts";
import {
  createSetting,
  deleteSetting,
  diffSetting,
  readSetting,
  updateSetting,
} from "../lifecycle/setting/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `Setting`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const setting = {
  async check(_olds: unknown, news: Record<string, unknown>) {
    return checkSetting(news);
  },

  async diff(_id: string, olds: SettingState, news: SettingInputs) {
    return diffSetting(olds, news);
  },

  create(inputs: FromPulumi<SettingInputs>) {
    return operation(inputs, createSetting);
  },

  async read(id: string, state: FromPulumi<SettingState>) {
    return readResult(id, await operation(state, readSetting));
  },

  update(_id: string, olds: FromPulumi<SettingState>, news: FromPulumi<SettingInputs>) {
    return operation(news, (ctx, args) => updateSetting(ctx, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<SettingState>): Promise<void> {
    return operation(state, deleteSetting);
  },
};
