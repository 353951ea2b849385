import { Badge, Button, Text, Title } from "@mantine/core";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { useSelection } from "../builder/selection";
import classes from "./Simulator.module.css";
import { effectParts } from "./talk";
import type { Talk } from "./useTalk";

/** Below the conversation: where it waits, its variables, the steps of the last message, and what would be done. */
export function Facts({ talk }: { talk: Talk }) {
  const { flowTry: t } = useTexts();
  const format = useFormat();
  const selection = useSelection();
  const last = talk.turns.at(-1)?.answer;
  if (!last) return null;
  const variables = Object.entries(last.variables);
  const effects = talk.turns.flatMap((turn, place) =>
    turn.answer.effects.map((effect, number) => ({ effect, key: `${place} ${number}` })),
  );
  const trace = last.trace.map((one, place) => ({ ...one, key: `${place} ${one.step}` }));
  return (
    <section className={classes.facts} aria-label={t.facts}>
      <dl>
        <dt>{t.waitsAt}</dt>
        <dd>{last.step ? `${last.flow === talk.flow ? "" : `${last.flow}: `}${last.step}` : t.nowhere}</dd>
        {last.due_at && (
          <>
            <dt>{t.timeOut}</dt>
            <dd>{format.dateTime(last.due_at)}</dd>
          </>
        )}
        <dt>{t.window}</dt>
        <dd>{last.window_open ? t.windowOpen : t.windowClosed}</dd>
      </dl>
      {last.notes.map((note) => (
        <Text key={note} size="xs" c="dimmed" mb={4}>
          {note}
        </Text>
      ))}
      {trace.length > 0 && (
        <>
          <Title order={2} size="xs" mb={4}>
            {t.steps}
          </Title>
          <ol className={classes.trace}>
            {trace.map((one) => (
              <li key={one.key}>
                <Button
                  size="compact-xs"
                  variant="default"
                  disabled={one.flow !== talk.flow}
                  onClick={() => selection.select(one.step)}
                >
                  {one.step}
                </Button>
              </li>
            ))}
          </ol>
        </>
      )}
      {variables.length > 0 && (
        <>
          <Title order={2} size="xs" mb={4}>
            {t.variables}
          </Title>
          <dl>
            {variables.map(([name, value]) => (
              <Pair key={name} name={name} value={value} />
            ))}
          </dl>
        </>
      )}
      {effects.length > 0 && (
        <>
          <Title order={2} size="xs" mb={4}>
            {t.effects}
          </Title>
          {effects.map(({ effect, key }) => (
            <div key={key}>
              <Badge variant="light" tt="none" size="sm">
                {t.effect(String(effect.kind))}
              </Badge>
              <dl>
                {effectParts(effect).map(([name, value]) => (
                  <Pair key={name} name={name} value={value} />
                ))}
              </dl>
            </div>
          ))}
          <Text size="xs" c="dimmed">
            {t.notDone}
          </Text>
        </>
      )}
    </section>
  );
}

function Pair({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
    </>
  );
}
