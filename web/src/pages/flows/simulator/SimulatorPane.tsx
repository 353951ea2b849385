import { ActionIcon, Button, Menu, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconClockHour4,
  IconPaperclip,
  IconRefresh,
  IconSend,
  IconTestPipe,
  IconUser,
} from "@tabler/icons-react";
import { type FormEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { RequestError } from "../../../ui/RequestError";
import { useDraftView } from "../builder/draft/DraftProvider";
import { useSelection } from "../builder/selection";
import { Facts } from "./Facts";
import { SaveTest } from "./SaveTest";
import { SettingForm } from "./SettingForm";
import classes from "./Simulator.module.css";
import { TalkLine } from "./TalkLine";
import { linesOf, stepOf } from "./talk";
import { type Talk, useTalk } from "./useTalk";

/** Talks to the draft as a customer, with the engine that runs flows. The step that it waits at is lit on the canvas. */
export function SimulatorPane() {
  const { flowTry: t } = useTexts();
  const talk = useTalk();
  const selection = useSelection();
  const source = useDraftView((view) => view.source);
  const [wanted, setWanted] = useState("");
  const [dialog, setDialog] = useState<"customer" | "test" | null>(null);
  const { turns, flow } = talk;
  const providers = Object.keys(turns[0]?.answer.bubbles ?? {});
  const provider = providers.includes(wanted) ? wanted : (providers[0] ?? "meta");
  const step = stepOf(turns, flow);
  useEffect(() => selection.light(step), [selection, step]);
  useEffect(() => () => selection.light(null), [selection]);
  const changed = turns.length > 0 && talk.tried !== source;
  return (
    <div className={classes.pane}>
      <Bar talk={talk} onCustomer={() => setDialog("customer")} onTest={() => setDialog("test")} />
      {providers.length > 1 && (
        <SegmentedControl
          size="xs"
          mx={10}
          mb={8}
          style={{ flexShrink: 0 }}
          aria-label={t.provider}
          value={provider}
          onChange={setWanted}
          data={providers.map((one) => ({ value: one, label: t.providers(one) }))}
        />
      )}
      {changed && (
        <div className={classes.between} role="status">
          {t.changed}{" "}
          <Button size="compact-xs" variant="subtle" onClick={talk.replay} loading={talk.pending}>
            {t.replay}
          </Button>
        </div>
      )}
      <Lines talk={talk} provider={provider} />
      <RequestError error={talk.error} />
      <Composer talk={talk} />
      <Facts talk={talk} />
      {dialog === "customer" && (
        <SettingForm
          setting={talk.setting}
          onSave={(setting) => {
            talk.reset(setting);
            setDialog(null);
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === "test" && <SaveTest talk={talk} onClose={() => setDialog(null)} />}
    </div>
  );
}

function Bar({ talk, onCustomer, onTest }: { talk: Talk; onCustomer: () => void; onTest: () => void }) {
  const { flowTry: t } = useTexts();
  const format = useFormat();
  const last = talk.turns.at(-1)?.answer;
  const none = talk.turns.length === 0;
  return (
    <div className={classes.bar}>
      <Icon label={t.restart} disabled={none} onClick={() => talk.reset()} icon={IconRefresh} />
      <Icon label={t.back} disabled={none || talk.pending} onClick={talk.back} icon={IconArrowBackUp} />
      <Icon label={t.customer} onClick={onCustomer} icon={IconUser} />
      <Icon label={t.saveTest} disabled={none || talk.pending} onClick={onTest} icon={IconTestPipe} />
      <span style={{ flex: 1 }} />
      {last && (
        <time dateTime={last.now} style={{ fontSize: 12 }}>
          {format.dateTime(last.now)}
        </time>
      )}
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconClockHour4 size={13} aria-hidden />}
        disabled={none || talk.pending}
        onClick={() => talk.say({ wait: "1h" })}
      >
        {t.hour}
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        disabled={none || talk.pending}
        onClick={() => talk.say({ wait: "1d" })}
      >
        {t.day}
      </Button>
    </div>
  );
}

type IconProps = { label: string; icon: typeof IconUser; disabled?: boolean; onClick: () => void };

function Icon({ label, icon: Sign, disabled, onClick }: IconProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        disabled={disabled}
        onClick={onClick}
      >
        <Sign size={18} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}

function Lines({ talk, provider }: { talk: Talk; provider: string }) {
  const { flowTry: t } = useTexts();
  const list = useRef<HTMLDivElement>(null);
  const lines = linesOf(talk.turns, provider);
  const end = lines.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `end` is what the list has grown by.
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [end]);
  return (
    <div
      className={classes.talk}
      ref={list}
      role="log"
      aria-label={t.talk}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {talk.turns.length === 0 && (
        <>
          <p className={classes.between}>{t.empty}</p>
          <p className={classes.between}>{t.asReal}</p>
          <Button
            size="compact-sm"
            variant="light"
            style={{ alignSelf: "center" }}
            loading={talk.pending}
            onClick={() => talk.say({ start: talk.flow })}
          >
            {t.start}
          </Button>
        </>
      )}
      {lines.map((line) => (
        <TalkLine
          key={line.key}
          line={line}
          onChoose={(choice) => !talk.pending && talk.say({ button: choice.id, title: choice.title })}
          onModel={(words) => talk.modelSays(words)}
        />
      ))}
    </div>
  );
}

const MEDIA = ["image", "audio", "video", "document", "sticker"] as const;

function Composer({ talk }: { talk: Talk }) {
  const { flowTry: t, phone } = useTexts();
  const [text, setText] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!text.trim() || talk.pending) return;
    talk.say({ text: text.trim() });
    setText("");
  }
  return (
    <form className={classes.composer} onSubmit={submit}>
      <Menu position="top-start">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.attach} disabled={talk.pending}>
            <IconPaperclip size={18} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {MEDIA.map((kind) => (
            <Menu.Item key={kind} onClick={() => talk.say({ media: kind })}>
              {t.media[kind]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <TextInput
        flex={1}
        aria-label={t.write}
        placeholder={t.write}
        value={text}
        maxLength={4096}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <ActionIcon
        type="submit"
        size={36}
        aria-label={phone.send}
        disabled={!text.trim()}
        loading={talk.pending}
      >
        <IconSend size={18} aria-hidden />
      </ActionIcon>
    </form>
  );
}
