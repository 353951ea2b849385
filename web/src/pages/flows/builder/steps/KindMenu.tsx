import { Menu } from "@mantine/core";
import { useTexts } from "../../../../texts";
import { lookOf } from "../kindLooks";
import type { Kind } from "../kinds";
import classes from "./KindMenu.module.css";

const GROUPS: readonly {
  key: "messages" | "questions" | "ways" | "work" | "ends";
  kinds: readonly Kind[];
}[] = [
  { key: "messages", kinds: ["say", "media", "template"] },
  { key: "questions", kinds: ["choose", "ask", "wait"] },
  { key: "ways", kinds: ["branch", "jump", "sub_flow"] },
  { key: "work", kinds: ["set", "call", "customer", "ai"] },
  { key: "ends", kinds: ["hand_off", "end"] },
];

type Props = { at: { x: number; y: number }; onPick: (kind: Kind) => void; onClose: () => void };

/** Offers all kinds of steps at a point of the page. */
export function KindMenu({ at, onPick, onClose }: Props) {
  return (
    <Menu opened onClose={onClose} position="bottom-start" withinPortal trapFocus width={270}>
      <Menu.Target>
        <span className={classes.anchor} style={{ left: at.x, top: at.y }} />
      </Menu.Target>
      <KindItems onPick={onPick} />
    </Menu>
  );
}

/** The kinds of steps as items of a menu. */
export function KindItems({ onPick }: { onPick: (kind: Kind) => void }) {
  const { builder: t } = useTexts();
  return (
    <Menu.Dropdown className={classes.dropdown}>
      {GROUPS.map(({ key, kinds }) => (
        <div key={key}>
          <Menu.Label>{t.groups[key]}</Menu.Label>
          {kinds.map((kind) => {
            const { icon: Icon, tone } = lookOf(kind);
            return (
              <Menu.Item
                key={kind}
                onClick={() => onPick(kind)}
                leftSection={
                  <span className={classes.icon} data-tone={tone}>
                    <Icon size={16} stroke={1.9} aria-hidden />
                  </span>
                }
              >
                {t.kinds[kind]}
                <span className={classes.hint}>{t.kindHints[kind]}</span>
              </Menu.Item>
            );
          })}
        </div>
      ))}
    </Menu.Dropdown>
  );
}
