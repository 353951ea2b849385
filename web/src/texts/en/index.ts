import { common } from "./common";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { signIn } from "./signIn";

export const en = { common, frame, inbox, signIn };
