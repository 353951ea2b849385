import { MantineProvider, TextInput } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { FormModal } from "./FormModal";

function opened() {
  const close = vi.fn();
  render(
    <MantineProvider env="test">
      <FormModal opened onClose={close} title="New question" closeButtonProps={{ "aria-label": "Close" }}>
        <TextInput label="Question" />
      </FormModal>
    </MantineProvider>,
  );
  return close;
}

test("Escape closes a form in which nothing is typed", () => {
  const close = opened();
  fireEvent.keyDown(screen.getByLabelText("Question"), { key: "Escape" });
  expect(close).toHaveBeenCalledOnce();
});

test("Escape does not take away what was typed; the button does", () => {
  const close = opened();
  fireEvent.input(screen.getByLabelText("Question"), { target: { value: "When are you open?" } });
  fireEvent.keyDown(screen.getByLabelText("Question"), { key: "Escape" });
  expect(close).not.toHaveBeenCalled();
  fireEvent.click(screen.getByLabelText("Close"));
  expect(close).toHaveBeenCalledOnce();
});
