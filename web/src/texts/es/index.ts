import type { Texts } from "..";
import { common } from "./common";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { signIn } from "./signIn";

export const es: Texts = { common, frame, inbox, signIn };
