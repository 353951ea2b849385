import { ActionIcon, Group, Menu, Text } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconCopyPlus,
  IconDots,
  IconPlayerPlay,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { lookOf } from "../kindLooks";
import { useBuilder } from "../layout";
import { DeleteSteps } from "../steps/DeleteSteps";
import menuClasses from "../steps/KindMenu.module.css";
import { asName, wrongName } from "../steps/newSteps";
import { useStepActions } from "../steps/StepsProvider";
import classes from "./Forms.module.css";
import { ShortText } from "./ShortText";

/** The kind and name of a step, and what can be done with the whole of it. */
export function StepHead({ name, kind }: { name: string; kind: string }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const actions = useStepActions();
  const [wrong, setWrong] = useState("");
  const { icon: Icon, tone } = lookOf(kind);
  return (
    <div>
      <Group gap="xs" wrap="nowrap" mb="xs">
        <span className={menuClasses.icon} data-tone={tone}>
          <Icon size={16} stroke={1.9} aria-hidden />
        </span>
        <Text fw={600} component="h2" size="sm" flex={1}>
          {t.kinds[kind as keyof typeof t.kinds] ?? kind}
        </Text>
        {mayEdit && <StepMenu name={name} />}
      </Group>
      <ShortText
        label={t.stepName}
        value={name}
        late
        error={wrong}
        onCommit={(to) => {
          const wanted = asName(to);
          const why = wrongName(draft.get().graph, name, wanted);
          setWrong(why === "taken" ? t.takenName(wanted) : why ? t.wrongName : "");
          if (!why && wanted !== name) actions.rename(name, wanted);
        }}
      />
      <Text size="xs" c="dimmed" mt={6} className={classes.hint}>
        {t.kindHints[kind as keyof typeof t.kindHints] ?? ""}
      </Text>
    </div>
  );
}

/** The actions on a whole step, also without a canvas. */
export function StepMenu({ name }: { name: string }) {
  const { builder: t } = useTexts();
  const actions = useStepActions();
  const names = useDraftView((view) => view.graph.steps).map((step) => step.name);
  const [deleting, setDeleting] = useState(false);
  const place = names.indexOf(name);
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t.stepMenu(name)}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCopyPlus size={15} />} onClick={() => actions.duplicate([name])}>
            {t.duplicate}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconCopy size={15} />}
            onClick={() => void navigator.clipboard?.writeText(actions.copy([name]))}
          >
            {t.copy}
          </Menu.Item>
          <Menu.Divider />
          {place > 0 && (
            <Menu.Item leftSection={<IconPlayerPlay size={15} />} onClick={() => actions.move(name, null)}>
              {t.makeFirst}
            </Menu.Item>
          )}
          {place > 1 && (
            <Menu.Item
              leftSection={<IconArrowUp size={15} />}
              onClick={() => actions.move(name, names[place - 2] ?? null)}
            >
              {t.moveUp}
            </Menu.Item>
          )}
          {place > 0 && place < names.length - 1 && (
            <Menu.Item
              leftSection={<IconArrowDown size={15} />}
              onClick={() => actions.move(name, names[place + 1] ?? null)}
            >
              {t.moveDown}
            </Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item data-danger leftSection={<IconTrash size={15} />} onClick={() => setDeleting(true)}>
            {t.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {deleting && <DeleteSteps names={[name]} onClose={() => setDeleting(false)} />}
    </>
  );
}
