import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useTexts } from "../../texts";
import { Modal } from "../dialogs/Modal";
import { RequestError } from "../RequestError";
import type { Field } from "./fields";
import classes from "./SectionForm.module.css";
import { BeforeAfter, type Wholes } from "./Values";

type Props = {
  changes: readonly Schemas["ChangeShown"][];
  labels: Readonly<Record<string, string>>;
  fields: readonly Field[];
  wholes: Wholes;
  pending: boolean;
  error: unknown;
  onSave: () => void;
  onClose: () => void;
};

/** Shows what the server would change, before it is changed. */
export function ReviewDialog({ changes, labels, fields, wholes, pending, error, onSave, onClose }: Props) {
  const { forms, common } = useTexts();
  return (
    <Modal opened onClose={onClose} title={forms.wouldChange} size="lg">
      <Stack>
        {changes.length === 0 && <Text size="sm">{forms.nothing}</Text>}
        <div>
          {changes.map((change) => (
            <div key={change.path} className={classes.change}>
              <Group gap="xs">
                <Text fw={600} size="sm">
                  {labelOf(change.path, labels)}
                </Text>
                {change.loses && <Badge color="red">{forms.removed}</Badge>}
              </Group>
              <BeforeAfter
                before={change.before}
                after={change.after}
                path={change.path}
                fields={fields}
                wholes={wholes}
              />
            </div>
          ))}
        </div>
        <Text size="xs" c="dimmed">
          {forms.takesEffect}
        </Text>
        <RequestError error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button onClick={onSave} loading={pending} disabled={changes.length === 0} data-autofocus>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Returns the label of a path of the workspace file such as `bot.history`; the path itself if no field has it. */
export function labelOf(path: string, labels: Readonly<Record<string, string>>): string {
  const inner = path.includes(".") ? path.slice(path.indexOf(".") + 1) : path;
  const field = [path, inner, path.split(/[.[]/)[0] ?? path].find((one) => one in labels);
  if (!field) return path;
  const rest =
    path.startsWith(field) && path !== field ? ` · ${path.slice(field.length).replace(/^[.]/, "")}` : "";
  return `${labels[field]}${rest}`;
}
