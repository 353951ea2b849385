import { account } from "./account";
import { broadcasts } from "./broadcasts";
import { builder } from "./builder";
import { cards } from "./cards";
import { catalog } from "./catalog";
import { commands } from "./commands";
import { common } from "./common";
import { composer } from "./composer";
import { conversation } from "./conversation";
import { customers } from "./customers";
import { dashboard } from "./dashboard";
import { edits } from "./edits";
import { faq } from "./faq";
import { find } from "./find";
import { flowCode } from "./flowCode";
import { flowPublish } from "./flowPublish";
import { flows } from "./flows";
import { flowTry } from "./flowTry";
import { flowVersions } from "./flowVersions";
import { flowWords } from "./flowWords";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { landing } from "./landing";
import { notify } from "./notify";
import { onboarding } from "./onboarding";
import { orders } from "./orders";
import { panel } from "./panel";
import { phone } from "./phone";
import { problems } from "./problems";
import { replay } from "./replay";
import { segments } from "./segments";
import { settingsArea } from "./settingsArea";
import { signIn } from "./signIn";
import { templates } from "./templates";
import { why } from "./why";

export const en = {
  account,
  broadcasts,
  builder,
  cards,
  catalog,
  commands,
  common,
  composer,
  conversation,
  customers,
  dashboard,
  edits,
  faq,
  find,
  flowCode,
  flowPublish,
  flowTry,
  flowVersions,
  flowWords,
  flows,
  frame,
  inbox,
  landing,
  notify,
  onboarding,
  orders,
  panel,
  phone,
  problems,
  replay,
  segments,
  ...settingsArea,
  signIn,
  templates,
  why,
};
