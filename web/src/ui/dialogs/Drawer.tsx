import { type DrawerProps, Drawer as MantineDrawer } from "@mantine/core";
import { useEscape } from "./useEscape";

/** Mantine's drawer, which Escape closes only while no dialog lies over it. */
export function Drawer({ closeOnEscape = true, ...props }: DrawerProps) {
  useEscape(props.opened, closeOnEscape ? props.onClose : null);
  return <MantineDrawer {...props} closeOnEscape={false} />;
}
