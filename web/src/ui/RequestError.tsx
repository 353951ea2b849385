import { Alert } from "@mantine/core";
import { useTexts } from "../texts";
import { words } from "./ErrorState";
import { ProofDeclined } from "./Proof";

/** The words for a failed change, beside what was to be changed; nothing if the person declined to prove who it is. */
export function RequestError({ error }: { error: unknown }) {
  const texts = useTexts();
  if (!error || error instanceof ProofDeclined) return null;
  return (
    <Alert color="red" role="alert" style={{ whiteSpace: "pre-line" }}>
      {words(error, texts)}
    </Alert>
  );
}
