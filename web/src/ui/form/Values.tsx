import { VisuallyHidden } from "@mantine/core";
import { useTexts } from "../../texts";
import classes from "./SectionForm.module.css";

/** Returns a value of a setting as people read it. */
export function useShown(): (value: unknown) => string {
  const { forms } = useTexts();
  return (value) => {
    if (value === null || value === undefined || value === "") return forms.none;
    if (typeof value === "boolean") return value ? forms.yes : forms.no;
    if (Array.isArray(value)) return value.length ? value.map(asText).join("\n") : forms.none;
    return asText(value);
  };
}

function asText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .filter(([, one]) => !(Array.isArray(one) && one.length === 0))
    .map(([name, one]) => `${name}: ${Array.isArray(one) ? one.join(", ") : asText(one)}`)
    .join("\n");
}

/** A value before and after a change, one above the other: texts are too long to stand side by side. */
export function BeforeAfter({ before, after }: { before: unknown; after: unknown }) {
  const { forms } = useTexts();
  const shown = useShown();
  return (
    <>
      <p className={classes.value} data-side="before">
        <VisuallyHidden>{forms.before}: </VisuallyHidden>
        <del>{shown(before)}</del>
      </p>
      <p className={classes.value} data-side="after">
        <VisuallyHidden>{forms.after}: </VisuallyHidden>
        {shown(after)}
      </p>
    </>
  );
}
