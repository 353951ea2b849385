import { Popover, Text, Textarea, Tooltip, UnstyledButton } from "@mantine/core";
import { IconEqual, IconMessagePlus, IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../texts";
import { isComposing } from "../../ui/composing";
import { initials } from "../../ui/PersonAvatar";
import { VOTES, type Vote } from "./kinds";
import type { Result } from "./queries";
import shared from "./Replay.module.css";
import classes from "./Votes.module.css";

const ICONS = { better: IconThumbUp, same: IconEqual, worse: IconThumbDown } as const;

type Props = { votes: Result["votes"]; onVote?: (vote: Vote) => void; onNote?: (note: string) => void };

/** Colleagues' votes on the answer now, and one's own. */
export function Votes({ votes, onVote, onNote }: Props) {
  const { replay: texts } = useTexts();
  const mine = votes.find((one) => one.mine);
  if (!onVote && votes.length === 0) return null;
  return (
    <fieldset className={classes.votes}>
      <legend className={shared.hidden}>{texts.yourVote}</legend>
      {VOTES.map((vote, number) => {
        const Icon = ICONS[vote];
        const cast = votes.filter((one) => one.vote === vote);
        const who = cast.map((one) => (one.note ? `${one.name}: ${one.note}` : one.name)).join("\n");
        return (
          <Tooltip
            key={vote}
            label={who || `${texts.voteKey} ${number + 1}`}
            multiline
            style={{ whiteSpace: "pre-line" }}
          >
            <UnstyledButton
              className={classes.vote}
              data-vote={vote}
              aria-pressed={mine?.vote === vote}
              aria-label={texts.voteLabel(texts.voteNames[vote], cast.length)}
              disabled={!onVote}
              onClick={() => onVote?.(vote)}
            >
              <Icon size={16} stroke={1.8} aria-hidden />
              {`${texts.voteNames[vote]} `}
              {cast.length > 0 && <span className={classes.voteCount}>{cast.length}</span>}
            </UnstyledButton>
          </Tooltip>
        );
      })}
      {mine && onNote && <Note note={mine.note} onNote={onNote} />}
      <span className={classes.voters}>
        {votes
          .filter((one) => !one.mine)
          .map((one) => (
            <span key={`${one.name} ${one.at}`} className={classes.voter} data-vote={one.vote}>
              <span aria-hidden>{initials(one.name)}</span>
              <span className={shared.hidden}>{texts.theirVote(one.name, texts.voteNames[one.vote])}</span>
            </span>
          ))}
      </span>
      {votes.some((one) => one.note) && (
        <ul className={classes.notes}>
          {votes
            .filter((one) => one.note)
            .map((one) => (
              <li key={`${one.name} ${one.at}`}>
                <Text span size="xs" fw={600}>
                  {one.name}
                </Text>{" "}
                <Text span size="xs">
                  {one.note}
                </Text>
              </li>
            ))}
        </ul>
      )}
    </fieldset>
  );
}

function Note({ note, onNote }: { note: string; onNote: (note: string) => void }) {
  const { replay: texts } = useTexts();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState(note);
  const close = () => {
    setOpen(false);
    if (text.trim() !== note) onNote(text.trim());
  };
  return (
    <Popover opened={open} onChange={(next) => !next && close()} position="top" trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.vote} onClick={() => (open ? close() : setOpen(true))}>
          <IconMessagePlus size={16} stroke={1.8} aria-hidden />
          {note ? texts.changeNote : texts.addNote}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Textarea
          label={texts.note}
          maxLength={500}
          autosize
          minRows={2}
          w={260}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || isComposing(event.nativeEvent)) return;
            event.preventDefault();
            close();
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
