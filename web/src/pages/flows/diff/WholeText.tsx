import { Code } from "@mantine/core";

/** A text to read, with its line breaks. */
export function WholeText({ text, label }: { text: string; label: string }) {
  return (
    <Code block mah="44dvh" style={{ overflow: "auto" }} tabIndex={0} role="region" aria-label={label}>
      {text}
    </Code>
  );
}
