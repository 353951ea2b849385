import { ActionIcon, Menu, UnstyledButton } from "@mantine/core";
import { IconArrowBackUp, IconMoodPlus, IconMoodX } from "@tabler/icons-react";
import { useTexts } from "../../../texts";
import classes from "./Bubble.module.css";
import type { Entry } from "./timeline";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** The actions on a customer's message: null where the provider cannot. */
export type Refer = {
  reply: ((message: string) => void) | null;
  react: ((message: string, emoji: string) => void) | null;
};

type Props = { entry: Entry; refer: Refer; own: string };

/** Replies to a customer's message, or puts an emoji on it. Beside the bubble, seen when it is pointed at or focused. */
export function BubbleActions({ entry, refer, own }: Props) {
  const { conversation: t } = useTexts();
  const about = (entry.text ?? "").slice(0, 40);
  const { reply, react } = refer;
  return (
    <div className={classes.actions}>
      {react && (
        <Menu position="top-start">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              className={classes.action}
              aria-label={t.reactTo(about)}
            >
              <IconMoodPlus size={18} stroke={1.7} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <div className={classes.emoji}>
              {EMOJI.map((one) => (
                <Menu.Item
                  key={one}
                  component="button"
                  className={classes.emojiItem}
                  aria-label={one === own ? t.removeReaction : t.reactWith(one)}
                  data-own={one === own || undefined}
                  onClick={() => react(entry.id, one === own ? "" : one)}
                >
                  {one}
                </Menu.Item>
              ))}
            </div>
            {own && (
              <Menu.Item leftSection={<IconMoodX size={16} />} onClick={() => react(entry.id, "")}>
                {t.removeReaction}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {reply && (
        <UnstyledButton
          className={classes.action}
          aria-label={t.replyTo(about)}
          onClick={() => reply(entry.id)}
        >
          <IconArrowBackUp size={18} stroke={1.7} aria-hidden />
        </UnstyledButton>
      )}
    </div>
  );
}
