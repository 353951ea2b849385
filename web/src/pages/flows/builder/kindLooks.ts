import {
  IconArrowRampRight,
  IconClock,
  IconGitBranch,
  IconHeadset,
  IconHelpCircle,
  IconListCheck,
  IconMessage,
  IconMessageQuestion,
  IconPhoto,
  IconPlayerStop,
  IconRoute,
  IconShoppingCart,
  IconSparkles,
  IconTemplate,
  IconUserEdit,
  IconVariable,
} from "@tabler/icons-react";
import { isKind, type Kind } from "./kinds";

/** tone: a colour of the theme, the same for kinds that belong together. */
type Look = { icon: typeof IconClock; tone: "green" | "blue" | "violet" | "orange" | "gray" };

const LOOKS: Record<Kind, Look> = {
  say: { icon: IconMessage, tone: "green" },
  media: { icon: IconPhoto, tone: "green" },
  template: { icon: IconTemplate, tone: "green" },
  choose: { icon: IconListCheck, tone: "blue" },
  ask: { icon: IconMessageQuestion, tone: "blue" },
  wait: { icon: IconClock, tone: "blue" },
  branch: { icon: IconGitBranch, tone: "violet" },
  jump: { icon: IconArrowRampRight, tone: "violet" },
  sub_flow: { icon: IconRoute, tone: "violet" },
  set: { icon: IconVariable, tone: "orange" },
  call: { icon: IconShoppingCart, tone: "orange" },
  customer: { icon: IconUserEdit, tone: "orange" },
  ai: { icon: IconSparkles, tone: "orange" },
  hand_off: { icon: IconHeadset, tone: "gray" },
  end: { icon: IconPlayerStop, tone: "gray" },
};

/** Returns the icon and colour of a kind of steps. */
export const lookOf = (kind: string): Look =>
  isKind(kind) ? LOOKS[kind] : { icon: IconHelpCircle, tone: "gray" };
