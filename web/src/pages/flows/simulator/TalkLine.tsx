import { Button, Group, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../../../texts";
import { Bubble } from "../../phone/Bubble";
import type { Choice } from "../../phone/usePhone";
import classes from "./Simulator.module.css";
import type { Line } from "./talk";

type Props = { line: Line; onChoose: (choice: Choice) => void; onModel: (words: string) => void };

/** A line of the simulated conversation. */
export function TalkLine({ line, onChoose, onModel }: Props) {
  const { flowTry: t } = useTexts();
  switch (line.kind) {
    case "message":
      return (
        <>
          {line.by === "model" && <div className={classes.between}>{t.byModel}</div>}
          {line.by === "workspace" && <div className={classes.between}>{t.byWorkspace}</div>}
          <Bubble item={line.item} read={true} last={line.open} onChoose={onChoose} />
          {line.tooLate && (
            <div className={classes.between} data-bad>
              {t.tooLate}
            </div>
          )}
        </>
      );
    case "waited":
      return <div className={classes.between}>{t.waited(line.time)}</div>;
    case "handOff":
      return <div className={classes.between}>{t.handOff(line.reason)}</div>;
    case "withPerson":
      return <div className={classes.between}>{t.withPerson}</div>;
    case "asksModel":
      return <Model text={t.asksModel(line.brief)} onModel={onModel} />;
    case "notTaken":
      return <Model text={t.notTaken} onModel={onModel} />;
    default:
      return <div className={classes.between}>{line.kind === "started" ? t.started : t.ended}</div>;
  }
}

/** A model's question; the person may say what it answers. */
function Model({ text, onModel }: { text: string; onModel: (words: string) => void }) {
  const { flowTry: t } = useTexts();
  const [open, setOpen] = useState(false);
  const [words, setWords] = useState("");
  return (
    <div className={classes.between}>
      {text}{" "}
      {!open && (
        <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
          {t.modelSays}
        </Button>
      )}
      {open && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (words.trim()) onModel(words.trim());
          }}
        >
          <Textarea
            mt={6}
            autosize
            minRows={2}
            aria-label={t.modelSays}
            placeholder={t.modelSays}
            maxLength={4096}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            data-autofocus
          />
          <Group justify="flex-end" mt={6}>
            <Button type="submit" size="compact-sm">
              {t.goOn}
            </Button>
          </Group>
        </form>
      )}
    </div>
  );
}
