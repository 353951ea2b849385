import { useMediaQuery } from "@mantine/hooks";
import { useDocked } from "../../phone/dock";

/** Says whether the side panel has room beside the conversation; a customer's phone beside the page takes some of it. */
export function useWide(): boolean {
  const least = useDocked() ? 1570 : 1200;
  return useMediaQuery(`(min-width: ${least / 16}em)`, window.innerWidth >= least, {
    getInitialValueInEffect: false,
  });
}
