import { Alert } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { useTexts } from "../../texts";

/** Says that a part is kept in the workspace file and cannot be changed here. */
export function ManagedNote({ managed }: { managed: Schemas["Managed"] | undefined }) {
  const { edits } = useTexts();
  if (managed?.managed_by !== "file") return null;
  return (
    <Alert icon={<IconFileText aria-hidden />} color="blue" mb="md" title={edits.managed}>
      {edits.managedText}
    </Alert>
  );
}
