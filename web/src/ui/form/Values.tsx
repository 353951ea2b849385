import { VisuallyHidden } from "@mantine/core";
import { useTexts } from "../../texts";
import type { Field } from "./fields";
import classes from "./SectionForm.module.css";
import { shownValue } from "./shown";

/** The value of a whole field before and after the change. */
export type Wholes = { before: (path: string) => unknown; after: (path: string) => unknown };

type Props = { before: unknown; after: unknown; path?: string; fields?: readonly Field[]; wholes?: Wholes };

/**
 * A value before and after a change, as its form shows it, one above the other: texts are too long to stand side by
 * side. path: of the value. fields: those of the form.
 */
export function BeforeAfter({ before, after, path = "", fields = [], wholes }: Props) {
  const { forms } = useTexts();
  return (
    <>
      <p className={classes.value} data-side="before">
        <VisuallyHidden>{forms.before}: </VisuallyHidden>
        <del>{shownValue(path, before, fields, forms, wholes?.before)}</del>
      </p>
      <p className={classes.value} data-side="after">
        <VisuallyHidden>{forms.after}: </VisuallyHidden>
        {shownValue(path, after, fields, forms, wholes?.after)}
      </p>
    </>
  );
}
