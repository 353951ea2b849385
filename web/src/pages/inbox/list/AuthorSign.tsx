import { VisuallyHidden } from "@mantine/core";
import {
  IconAlertCircle,
  IconArrowForwardUp,
  IconMessageQuestion,
  IconRoute,
  IconSettings,
  IconSparkles,
  IconSpeakerphone,
} from "@tabler/icons-react";
import { useTexts } from "../../../texts";
import classes from "./ListRow.module.css";

const SIGNS = {
  faq: IconMessageQuestion,
  flow: IconRoute,
  ai: IconSparkles,
  agent: IconArrowForwardUp,
  system: IconSettings,
  broadcast: IconSpeakerphone,
} as const;

type Props = { author: string; failed: boolean; inDoubt: boolean };

/** Says by a sign who wrote the last words, unless it was the customer, and whether they could not be sent. */
export function AuthorSign({ author, failed, inDoubt }: Props) {
  const { inbox } = useTexts();
  if (author === "customer" || !(author in SIGNS)) return null;
  const known = author as keyof typeof SIGNS;
  const Icon = failed ? IconAlertCircle : SIGNS[known];
  const words = failed ? (inDoubt ? inbox.inDoubt : inbox.notSent) : inbox.authors[known];
  return (
    <span className={classes.sign} data-failed={failed || undefined} title={words}>
      <Icon size={15} stroke={1.8} aria-hidden />
      <VisuallyHidden>{words}: </VisuallyHidden>
    </span>
  );
}
