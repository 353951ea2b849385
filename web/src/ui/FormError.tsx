import { Alert } from "@mantine/core";
import { useTexts } from "../texts";
import { fieldErrors } from "./fieldErrors";
import { words } from "./words";

/** Says why a form was refused, unless a field says it. fields: the names of the form's fields. */
export function FormError({ error, fields = [] }: { error: unknown; fields?: string[] }) {
  const texts = useTexts();
  if (!error) return null;
  const found = Object.keys(fieldErrors(error));
  if (found.length > 0 && found.every((one) => fields.includes(one))) return null;
  return (
    <Alert color="red" role="alert" style={{ whiteSpace: "pre-line" }}>
      {words(error, texts)}
    </Alert>
  );
}
