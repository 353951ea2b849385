import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconArrowsMaximize, IconBinaryTree, IconMinus, IconPlus, IconSearch } from "@tabler/icons-react";
import { Panel, useReactFlow } from "@xyflow/react";
import type { ReactNode } from "react";
import { useTexts } from "../../../../texts";
import classes from "./Canvas.module.css";

type Props = {
  editable: boolean;
  onAdd: (at: { x: number; y: number }) => void;
  onSearch: () => void;
  onTidy: () => void;
  onFit: () => void;
};

/** The tools that float over the canvas: adding, searching, arranging, zoom. */
export function Tools({ editable, onAdd, onSearch, onTidy, onFit }: Props) {
  const { builder: t } = useTexts();
  const { zoomIn, zoomOut } = useReactFlow();
  return (
    <>
      {editable && (
        <Panel position="top-left">
          <Button
            size="xs"
            leftSection={<IconPlus size={15} aria-hidden />}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              onAdd({ x: box.left, y: box.bottom + 6 });
            }}
          >
            {t.addStep}
          </Button>
        </Panel>
      )}
      <Panel position="bottom-left" className={classes.tools}>
        <Tool label={t.zoomOut} onClick={() => void zoomOut()}>
          <IconMinus size={16} />
        </Tool>
        <Tool label={t.zoomIn} onClick={() => void zoomIn()}>
          <IconPlus size={16} />
        </Tool>
        <Tool label={t.fit} onClick={onFit}>
          <IconArrowsMaximize size={16} />
        </Tool>
        {editable && (
          <Tool label={t.tidy} onClick={onTidy}>
            <IconBinaryTree size={16} />
          </Tool>
        )}
        <Tool label={`${t.search} (Ctrl F)`} onClick={onSearch}>
          <IconSearch size={16} />
        </Tool>
      </Panel>
    </>
  );
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
