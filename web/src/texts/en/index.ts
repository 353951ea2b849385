import { account } from "./account";
import { common } from "./common";
import { dashboard } from "./dashboard";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { landing } from "./landing";
import { onboarding } from "./onboarding";
import { phone } from "./phone";
import { signIn } from "./signIn";

export const en = { account, common, dashboard, frame, inbox, landing, onboarding, phone, signIn };
