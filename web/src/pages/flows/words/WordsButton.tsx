import { ActionIcon, Tooltip } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { offerQuery } from "./queries";

const WordsDialog = lazy(() => import("./WordsDialog").then(({ WordsDialog }) => ({ default: WordsDialog })));

/** A request for a draft. source: the flow's text then. */
export type Asked = { id: string; source: string };

/** Offers to describe the flow in words, where there is a model. What was typed and asked stays when it is closed. */
export function WordsButton() {
  const { flowWords: t } = useTexts();
  const { workspace } = useMember();
  const offer = useQuery(offerQuery(workspace)).data;
  const [open, setOpen] = useState(false);
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState<Asked | null>(null);
  if (!offer?.available) return null;
  return (
    <>
      <Tooltip label={t.button}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t.button}
          onClick={() => setOpen(true)}
        >
          <IconSparkles size={18} stroke={1.8} />
        </ActionIcon>
      </Tooltip>
      {open && (
        <Suspense>
          <WordsDialog
            offer={offer}
            words={words}
            onWords={setWords}
            asked={asked}
            onAsked={setAsked}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
