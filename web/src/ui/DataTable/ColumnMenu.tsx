import { Button, Checkbox, Popover, Stack } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useTexts } from "../../texts";
import type { Column } from "./columns";

type Props<Row> = {
  columns: readonly Column<Row>[];
  isShown: (column: Column<Row>) => boolean;
  toggle: (column: Column<Row>) => void;
};

/** Lets people choose the columns of a table. */
export function ColumnMenu<Row>({ columns, isShown, toggle }: Props<Row>) {
  const { common } = useTexts();
  return (
    <Popover position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {common.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {columns
            .filter((column) => !column.fixed)
            .map((column) => (
              <Checkbox
                key={column.key}
                size="sm"
                label={column.title}
                checked={isShown(column)}
                onChange={() => toggle(column)}
              />
            ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
