import { Button, Group, Text, UnstyledButton } from "@mantine/core";
import { IconArrowUpRight, IconChevronDown, IconShieldCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { CopyMessageLink } from "./CopyLink";
import { DiffText } from "./DiffText";
import { type Piece, wordDiff } from "./diff";
import type { Origin, Vote } from "./kinds";
import { seconds, usd } from "./money";
import { OriginBadge } from "./OriginBadge";
import type { Result, Said } from "./queries";
import shared from "./Replay.module.css";
import classes from "./ResultCard.module.css";
import { ResultContext } from "./ResultContext";
import { Votes } from "./Votes";

type Props = {
  replay: string;
  result: Result;
  isCurrent: boolean;
  isOpen: boolean;
  onFocus: () => void;
  onToggle: () => void;
  onVote?: (vote: Vote) => void;
  onNote?: (note: string) => void;
};

/** A customer's message with the answer of then and the answer of now, side by side. */
export function ResultCard({ replay, result, isCurrent, isOpen, onFocus, onToggle, onVote, onNote }: Props) {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const { then, now, difference } = result;
  const [before, after] = wordDiff(then.text, now.text);
  return (
    <li
      id={`result-${result.id}`}
      className={classes.result}
      data-current={isCurrent || undefined}
      // The row is reached by j and k; its buttons by Tab.
      tabIndex={-1}
      onFocus={onFocus}
      onPointerDown={onFocus}
    >
      <div className={classes.resultHead}>
        <span className={classes.difference} data-difference={difference}>
          <span className={shared.dot} data-difference={difference} aria-hidden />
          {texts.differences[difference]}
        </span>
        <Text size="xs" c="dimmed">
          <TimeText at={result.at} />
        </Text>
        <Group gap={4} ms="auto" wrap="nowrap">
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            aria-expanded={isOpen}
            rightSection={
              <IconChevronDown size={14} aria-hidden className={shared.chevron} data-open={isOpen} />
            }
            onClick={onToggle}
          >
            {texts.before}
          </Button>
          <CopyMessageLink result={result.id} />
          <UnstyledButton
            component={Link}
            to={`/w/${workspace}/inbox/${result.conversation}` as string}
            className={shared.openLink}
            aria-label={texts.openConversation}
          >
            <IconArrowUpRight size={16} aria-hidden />
          </UnstyledButton>
        </Group>
      </div>
      {isOpen && <ResultContext replay={replay} result={result.id} />}
      <p className={classes.question}>{result.question || texts.noWords}</p>
      {isRepeated(result) ? (
        <Repeated then={then} now={now} />
      ) : (
        <div className={shared.sides}>
          <Side name={texts.then} said={then} pieces={before} side="then" />
          <Side name={texts.now} said={now} pieces={after} side="now" />
        </div>
      )}
      <Votes votes={result.votes} onVote={onVote} onNote={onNote} />
    </li>
  );
}

/** Says whether the same answer is given now, with nothing else to show of either. */
function isRepeated({ then, now }: Result): boolean {
  const plain = [then, now].every((said) => !said.later && !said.error && said.refusals.length === 0);
  return plain && then.text === now.text && then.origin === now.origin;
}

/** An answer that stays as it was, once, with what both cost. */
function Repeated({ then, now }: { then: Said; now: Said }) {
  const { replay: texts } = useTexts();
  const detailsOf = useDetails();
  const details = [`${texts.then}: ${detailsOf(then) || "–"}`, `${texts.now}: ${detailsOf(now) || "–"}`];
  return (
    <fieldset className={shared.side}>
      <legend className={shared.hidden}>{texts.thenAndNow}</legend>
      <div className={classes.sideHead}>
        <span className={classes.sideName} aria-hidden>
          {texts.thenAndNow}
        </span>
        <OriginBadge origin={now.origin as Origin} />
      </div>
      <div className={classes.bubble} data-side="then" data-empty={now.text ? undefined : true} dir="auto">
        {now.text || texts.silent[now.origin]}
      </div>
      {(detailsOf(then) || detailsOf(now)) && (
        <p className={classes.details}>
          {detailsOf(then) === detailsOf(now) ? detailsOf(now) : details.join(" → ")}
        </p>
      )}
    </fieldset>
  );
}

/** Returns a function that says how sure, by which model, how fast and at what cost an answer was given. */
function useDetails(): (said: Said) => string {
  const { replay: texts } = useTexts();
  const { language, number } = useFormat();
  return (said) => {
    const cost = Number(said.usd) > 0 ? usd(language, said.usd) : "";
    const took = said.seconds ? seconds(language, said.seconds) : "";
    const score = said.score !== null ? texts.score(number(Math.round(said.score * 100) / 100)) : "";
    return [score, said.model, took, cost].filter(Boolean).join(" · ");
  };
}

type SideProps = { name: string; said: Said; pieces: Piece[]; side: "then" | "now" };

function Side({ name, said, pieces, side }: SideProps) {
  const { replay: texts } = useTexts();
  const details = useDetails()(said);
  return (
    <fieldset className={shared.side}>
      <legend className={shared.hidden}>{name}</legend>
      <div className={classes.sideHead}>
        <span className={classes.sideName} aria-hidden>
          {name}
        </span>
        <OriginBadge origin={said.origin as Origin} />
      </div>
      <div className={classes.bubble} data-side={side} data-empty={said.text ? undefined : true}>
        {said.text ? <DiffText pieces={pieces} side={side} /> : texts.silent[said.origin]}
      </div>
      {said.later && (
        <p className={classes.later}>
          <span>{texts.personWrote}</span> {said.later}
        </p>
      )}
      {said.refusals.length > 0 && (
        <p className={classes.guard}>
          <IconShieldCheck size={14} aria-hidden /> {texts.guardRefused(said.refusals.join(", "))}
        </p>
      )}
      {said.error && <p className={classes.error}>{texts.errorWas(said.error)}</p>}
      {details && <p className={classes.details}>{details}</p>}
    </fieldset>
  );
}
