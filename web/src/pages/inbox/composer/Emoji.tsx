import { ActionIcon, Popover, UnstyledButton } from "@mantine/core";
import { IconMoodSmile } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../../texts";
import classes from "./Composer.module.css";

const EMOJI = [
  ..."😀 😃 😄 😁 😊 🙂 😉 😍 😘 😎 🤔 😅 😂 🤣 😢 😭 😮 😡 🙏 👍 👎 👌 👋 👏 💪 🤝 🙌 ✌️".split(" "),
  ..."❤️ 🧡 💛 💚 💙 💜 ✨ 🎉 🎁 🎂 🔥 ⭐ ✅ ❌ ⚠️ ❓ ❗ 💡 📦 🚚 🛒 🏠 📍 📞 📷 📎 📅 ⏰ 💳 💵 🧾 🔗".split(
    " ",
  ),
];

/** A small choice of emoji; the keyboard of the system has the others. */
export function Emoji({ onPick }: { onPick: (emoji: string) => void }) {
  const { composer: t } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="top-start" trapFocus withinPortal returnFocus>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t.emoji}
          onClick={() => setOpen(!open)}
        >
          <IconMoodSmile size={20} stroke={1.7} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <div className={classes.emoji}>
          {EMOJI.map((one) => (
            <UnstyledButton
              key={one}
              aria-label={one}
              onClick={() => {
                onPick(one);
                setOpen(false);
              }}
            >
              {one}
            </UnstyledButton>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
