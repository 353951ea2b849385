import { fireEvent, render, screen } from "@testing-library/react";
import { useRef, useState } from "react";
import { expect, test } from "vitest";
import { useFocusBack } from "./useFocusBack";

function Part({ onClose }: { onClose: () => void }) {
  const own = useRef<HTMLDivElement>(null);
  useFocusBack(own);
  return (
    <div ref={own}>
      {/* biome-ignore lint/a11y/noAutofocus: as the bar that finds words has it */}
      <input aria-label="words" autoFocus />
      <button type="button" onClick={onClose}>
        close
      </button>
    </div>
  );
}

function Page() {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <textarea aria-label="text" data-writes />
      <button type="button" onClick={() => setOpened(!opened)}>
        find
      </button>
      {opened && <Part onClose={() => setOpened(false)} />}
    </>
  );
}

test("the focus goes back to the button that opened a part of the page", () => {
  render(<Page />);
  screen.getByText("find").focus();
  fireEvent.click(screen.getByText("find"));
  expect(screen.getByLabelText("words")).toHaveFocus();
  fireEvent.click(screen.getByText("close"));
  expect(screen.getByText("find")).toHaveFocus();
});

test("without such a button it goes to the field where one writes", () => {
  render(<Page />);
  fireEvent.click(screen.getByText("find"));
  screen.getByText("close").focus();
  fireEvent.click(screen.getByText("close"));
  expect(screen.getByLabelText("text")).toHaveFocus();
});

test("a focus that is elsewhere already stays there", () => {
  render(<Page />);
  fireEvent.click(screen.getByText("find"));
  screen.getByLabelText("text").focus();
  fireEvent.click(screen.getByText("find"));
  expect(screen.getByLabelText("text")).toHaveFocus();
});
