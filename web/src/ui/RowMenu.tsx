import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useTexts } from "../texts";

type Item = { label: string; run: () => void; danger?: boolean };

/** The actions of one row of a list. name: of the row, for screen readers. */
export function RowMenu({ name, items }: { name: string; items: readonly Item[] }) {
  const { common } = useTexts();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`${common.more}: ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(({ label, run, danger }) => (
          <Menu.Item key={label} data-danger={danger || undefined} onClick={run}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
