import { SegmentedControl, Stack } from "@mantine/core";
import { useTexts } from "../../../../texts";
import type { Values } from "../draft/types";
import { useBuilder } from "../layout";
import { DurationField } from "./DurationField";
import { useChange, useErrorAt } from "./useField";

/** For what a step waits: an answer only, or a time too. */
export function WaitFields({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const path = ["steps", name, "wait"];
  const { set } = useChange(path);
  const error = useErrorAt(path);
  const answer = values.wait === "answer";
  return (
    <Stack gap="sm">
      <SegmentedControl
        fullWidth
        aria-label={t.kinds.wait}
        disabled={!mayEdit}
        value={answer ? "answer" : "time"}
        data={[
          { value: "time", label: t.waitTime },
          { value: "answer", label: t.waitAnswer },
        ]}
        onChange={(next) => set(next === "answer" ? "answer" : "1h")}
      />
      {!answer && (
        <DurationField label={t.waitTime} value={String(values.wait)} error={error} onCommit={set} />
      )}
    </Stack>
  );
}
