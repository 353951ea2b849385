import { MantineProvider, Modal } from "@mantine/core";
import { fireEvent, render } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useEscape } from "./useEscape";

const onAbove = vi.fn();
const onBelow = vi.fn();

function Page({ below, above }: { below: boolean; above: boolean }) {
  useEscape(() => above, onAbove);
  return below ? <Modal opened onClose={onBelow} /> : null;
}

const page = (below: boolean, above: boolean) => (
  <MantineProvider env="test">
    <Page below={below} above={above} />
  </MantineProvider>
);

test("Escape closes the dialog above all others alone, and then the one below it", () => {
  const { rerender } = render(page(false, false));
  rerender(page(true, false));
  rerender(page(true, true));
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect([onAbove.mock.calls.length, onBelow.mock.calls.length]).toEqual([1, 0]);
  rerender(page(true, false));
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect([onAbove.mock.calls.length, onBelow.mock.calls.length]).toEqual([1, 1]);
});
