import { account } from "./account";
import { analytics } from "./analytics";
import { broadcasts } from "./broadcasts";
import { catalog } from "./catalog";
import { channels } from "./channels";
import { commands } from "./commands";
import { common } from "./common";
import { composer } from "./composer";
import { conversation } from "./conversation";
import { customers } from "./customers";
import { dashboard } from "./dashboard";
import { edits } from "./edits";
import { faq } from "./faq";
import { forms } from "./forms";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { landing } from "./landing";
import { notify } from "./notify";
import { onboarding } from "./onboarding";
import { orders } from "./orders";
import { panel } from "./panel";
import { phone } from "./phone";
import { segments } from "./segments";
import { settings } from "./settings";
import { settingsArea } from "./settingsArea";
import { signIn } from "./signIn";
import { systems } from "./systems";
import { team } from "./team";
import { templates } from "./templates";
import { why } from "./why";

export const en = {
  account,
  analytics,
  broadcasts,
  catalog,
  channels,
  commands,
  common,
  composer,
  conversation,
  customers,
  dashboard,
  edits,
  faq,
  forms,
  frame,
  inbox,
  landing,
  notify,
  onboarding,
  orders,
  panel,
  phone,
  segments,
  settings,
  settingsArea,
  signIn,
  systems,
  team,
  templates,
  why,
};
