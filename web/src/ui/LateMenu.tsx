import {
  cloneElement,
  type HTMLAttributes,
  type ReactElement,
  type Ref,
  Suspense,
  useId,
  useState,
} from "react";
import type { MenuEntry } from "./LoadedMenu";
import { late } from "./late";

export type { MenuEntry };

const load = () => import("./LoadedMenu");
const ahead = () => void load().catch(() => {}); // without a network the click asks again
const LoadedMenu = late(async () => (await load()).LoadedMenu);

type Button = ReactElement<HTMLAttributes<HTMLElement> & { ref?: Ref<HTMLElement> }>;
type Props = {
  button: Button;
  items: MenuEntry[];
  position: "bottom-start" | "bottom-end" | "top-end";
  className?: string;
  onOpen?: () => void;
};

/** A button with a menu whose code is loaded when somebody points at the button, so that no first screen waits for it. */
export function LateMenu({ button, onOpen, ...menu }: Props) {
  const id = useId();
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [opened, setOpened] = useState(false);
  const [wanted, setWanted] = useState(false);
  function change(next: boolean) {
    setWanted(true);
    setOpened(next);
    if (next) onOpen?.();
  }
  return (
    <>
      {cloneElement(button, {
        ref: setElement,
        id: `${id}-target`,
        "aria-haspopup": "menu",
        "aria-expanded": opened,
        "aria-controls": opened ? `${id}-dropdown` : undefined,
        onClick: () => change(!opened),
        onPointerEnter: ahead,
        onFocus: ahead,
      })}
      <Suspense>
        {wanted && element && (
          <LoadedMenu {...menu} id={id} button={element} opened={opened} onChange={change} />
        )}
      </Suspense>
    </>
  );
}
