import { Alert, Button, Group, Text } from "@mantine/core";
import { useTexts } from "../../texts";

type Props = { values: readonly string[]; onTakeTheirs: () => void };

/** Says that a colleague saved meanwhile and what is saved now. Saving again puts mine over it. */
export function Outdated({ values, onTakeTheirs }: Props) {
  const { edits } = useTexts();
  return (
    <Alert color="orange" title={edits.conflict} role="alert">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {edits.outdated(values.join(" · "))}
      </Text>
      <Group mt="xs">
        <Button variant="default" size="xs" onClick={onTakeTheirs}>
          {edits.takeTheirs}
        </Button>
      </Group>
    </Alert>
  );
}
