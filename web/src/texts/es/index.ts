import type { Texts } from "..";
import { account } from "./account";
import { common } from "./common";
import { composer } from "./composer";
import { conversation } from "./conversation";
import { dashboard } from "./dashboard";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { landing } from "./landing";
import { onboarding } from "./onboarding";
import { panel } from "./panel";
import { phone } from "./phone";
import { signIn } from "./signIn";
import { why } from "./why";

export const es: Texts = {
  account,
  common,
  composer,
  conversation,
  dashboard,
  frame,
  inbox,
  landing,
  onboarding,
  panel,
  phone,
  signIn,
  why,
};
