import { analytics } from "./analytics";
import { channelFields, channels } from "./channels";
import { forms } from "./forms";
import { replies } from "./replies";
import { settingFields, settingGroups, settingHours, settingOptions, settings } from "./settings";
import { letters, systemStatus, webhooks } from "./systems";
import { audit, keys, people } from "./team";

/** The texts of the settings' pages and of the analytics. */
export const settingsArea = {
  analytics,
  audit,
  channelFields,
  channels,
  forms,
  keys,
  letters,
  people,
  replies,
  settingFields,
  settingGroups,
  settingHours,
  settingOptions,
  settings,
  systemStatus,
  webhooks,
};
