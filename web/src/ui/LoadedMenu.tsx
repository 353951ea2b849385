import { Menu } from "@mantine/core";
import { type ReactNode, type Ref, useEffect, useLayoutEffect, useState } from "react";

/** An entry of a menu: something to do, a heading, or a line between groups. key: of its own in the menu. */
export type MenuEntry =
  | {
      key: string;
      label: ReactNode;
      act: () => void;
      icon?: ReactNode;
      right?: ReactNode;
      current?: boolean | "page";
    }
  | { key: string; heading: string }
  | { key: string; line: true };

type Props = {
  id: string;
  button: HTMLElement;
  items: MenuEntry[];
  position: "bottom-start" | "bottom-end" | "top-end";
  className?: string;
  opened: boolean;
  onChange: (opened: boolean) => void;
};

/** The menu of a button that is on the page already (`LateMenu`). */
export function LoadedMenu({ id, button, items, position, className, opened, onChange }: Props) {
  // It opens after it is there: Mantine gives the focus back only to what had it when an existing menu opened.
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(opened), [opened]);
  return (
    <Menu id={id} position={position} opened={open} onChange={onChange}>
      <Menu.Target>
        <Existing element={button} />
      </Menu.Target>
      <Menu.Dropdown className={className}>{items.map(entry)}</Menu.Dropdown>
    </Menu>
  );
}

function entry(one: MenuEntry) {
  if ("line" in one) return <Menu.Divider key={one.key} />;
  if ("heading" in one) return <Menu.Label key={one.key}>{one.heading}</Menu.Label>;
  return (
    <Menu.Item
      key={one.key}
      leftSection={one.icon}
      rightSection={one.right}
      aria-current={one.current || undefined}
      onClick={one.act}
    >
      {one.label}
    </Menu.Item>
  );
}

/** Stands for an element that another component renders. */
function Existing({ element, ref }: { element: HTMLElement; ref?: Ref<HTMLElement> }) {
  useLayoutEffect(() => {
    if (typeof ref === "function") ref(element);
    else if (ref) ref.current = element;
  }, [element, ref]);
  return null;
}
