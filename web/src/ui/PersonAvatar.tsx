import { Avatar } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";

/** The first letters of a name; a sign for people who have only a number. */
export function PersonAvatar({ name, size = 40 }: { name: string; size?: number }) {
  const letters = initials(name);
  return (
    <Avatar
      size={size}
      radius="xl"
      color={letters ? "initials" : "gray"}
      name={letters ? name : undefined}
      aria-hidden
    >
      {letters || <IconUser size={size * 0.5} stroke={1.7} />}
    </Avatar>
  );
}

/** Returns at most two letters of a name; empty: it has none. */
export function initials(name: string): string {
  const words = name.split(/\s+/).map((word) => /\p{L}/u.exec(word)?.[0] ?? "");
  const found = words.filter(Boolean);
  return [found[0], found.length > 1 ? found.at(-1) : ""].join("").toLocaleUpperCase();
}
