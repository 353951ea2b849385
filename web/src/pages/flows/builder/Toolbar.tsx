import { ActionIcon, Anchor, Group, SegmentedControl, Title, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconCode } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Suspense } from "react";
import { useMember } from "../../../app/me";
import { useShortcuts } from "../../../app/shortcuts";
import { useTexts } from "../../../texts";
import pageClasses from "./BuilderPage.module.css";
import { useDraft, useDraftView } from "./draft/DraftProvider";
import { useBuilder, type View } from "./layout";
import { panes } from "./panes";
import { SaveSign } from "./SaveSign";
import classes from "./Toolbar.module.css";

/** Above the builder: the flow's name, whether all is saved, undo and redo, what is shown, and actions. */
export function Toolbar() {
  const { builder: t, frame } = useTexts();
  const { workspace } = useMember();
  const { flow, mayEdit, view, showView, code, showCode } = useBuilder();
  const draft = useDraft();
  const canUndo = useDraftView((one) => one.canUndo);
  const canRedo = useDraftView((one) => one.canRedo);
  useShortcuts({
    u: () => mayEdit && draft.undo(),
    r: () => mayEdit && draft.redo(),
  });
  return (
    <header className={`${pageClasses.toolbar} ${classes.toolbar}`}>
      <Group gap={6} wrap="nowrap" className={classes.title}>
        <Anchor
          component={Link}
          to={`/w/${workspace}/flows` as string}
          size="sm"
          c="dimmed"
          className={classes.back}
        >
          {frame.flows}
        </Anchor>
        <span aria-hidden className={classes.slash}>
          /
        </span>
        <Title order={1} size="h4" className={classes.name}>
          {flow}
        </Title>
        <SaveSign />
        <Suspense>
          <panes.Presence />
        </Suspense>
      </Group>
      <Group gap="xs" wrap="nowrap" className={classes.tools}>
        {mayEdit && (
          <Group gap={2} wrap="nowrap" className={classes.history}>
            <Tooltip label={`${t.undo} (U)`}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t.undo}
                disabled={!canUndo}
                onClick={() => draft.undo()}
              >
                <IconArrowBackUp size={18} stroke={1.8} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={`${t.redo} (R)`}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t.redo}
                disabled={!canRedo}
                onClick={() => draft.redo()}
              >
                <IconArrowForwardUp size={18} stroke={1.8} />
              </ActionIcon>
            </Tooltip>
          </Group>
        )}
        <Tooltip label={t.code}>
          <ActionIcon
            variant={code ? "light" : "subtle"}
            color={code ? undefined : "gray"}
            size="lg"
            aria-label={t.code}
            aria-pressed={code}
            className={classes.code}
            onClick={() => showCode(!code)}
          >
            <IconCode size={18} stroke={1.8} />
          </ActionIcon>
        </Tooltip>
        <SegmentedControl
          size="xs"
          aria-label={t.view}
          value={view}
          onChange={(value) => showView(value as View)}
          data={[
            { value: "canvas", label: t.canvas },
            { value: "outline", label: t.outline },
          ]}
        />
        <Suspense>
          <panes.Actions />
        </Suspense>
      </Group>
    </header>
  );
}
