import { MantineProvider, Select } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { Drawer } from "./Drawer";
import { Modal } from "./Modal";

const onUpper = vi.fn();
const onLower = vi.fn();
beforeEach(() => vi.clearAllMocks());

type Shown = { lower?: "modal" | "drawer" | "none"; upper?: boolean; upperCloses?: boolean };

function page({ lower = "modal", upper = true, upperCloses = true }: Shown) {
  const Lower = lower === "drawer" ? Drawer : Modal;
  return (
    <MantineProvider env="test">
      {/* First on the page, as the question for the password is. */}
      <Modal opened={upper} onClose={onUpper} closeOnEscape={upperCloses} title="Upper" />
      {lower !== "none" && (
        <Lower opened onClose={onLower} title="Lower">
          <Select label="Word" data={["a"]} />
        </Lower>
      )}
    </MantineProvider>
  );
}

/** Shows the lower dialog and then the upper one above it. */
function stacked(shown: Shown = {}) {
  const { rerender } = render(page({ ...shown, upper: false }));
  rerender(page(shown));
  return (next: Shown) => rerender(page(next));
}

const pressEscape = (target: Element = document.body) => fireEvent.keyDown(target, { key: "Escape" });
const closed = () => [onUpper.mock.calls.length, onLower.mock.calls.length];

test.each(["modal", "drawer"] as const)("Escape closes a dialog and leaves the %s below it", (lower) => {
  const show = stacked({ lower });
  pressEscape();
  expect(closed()).toEqual([1, 0]);
  show({ lower, upper: false });
  pressEscape();
  expect(closed()).toEqual([1, 1]);
});

test("a dialog that Escape does not close keeps it from those below", () => {
  stacked({ upperCloses: false });
  pressEscape();
  expect(closed()).toEqual([0, 0]);
});

test("one Escape closes one dialog although the upper one is gone before the lower one hears of it", () => {
  let show = (_: Shown) => {};
  onUpper.mockImplementationOnce(() => show({ upper: false }));
  show = stacked();
  // Not by fireEvent, which would put the new page off to the end of the event.
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(closed()).toEqual([1, 0]);
});

test("Escape in an open list closes the list alone", () => {
  stacked({ upper: false });
  const select = screen.getByRole("combobox", { name: "Word" });
  fireEvent.click(select);
  pressEscape(select);
  expect(closed()).toEqual([0, 0]);
  pressEscape(select);
  expect(closed()).toEqual([0, 1]);
});
