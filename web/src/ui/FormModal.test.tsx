import { MantineProvider, type ModalProps, TextInput } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { FormModal } from "./FormModal";

function opened(props: Partial<ModalProps> = {}) {
  const close = vi.fn();
  render(
    <MantineProvider env="test">
      <FormModal
        opened
        onClose={close}
        title="New question"
        closeButtonProps={{ "aria-label": "Close" }}
        {...props}
      >
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

test("a click beside a form closes it until something is typed", () => {
  const close = opened({ closeOnClickOutside: true });
  const beside = document.querySelector(".mantine-Modal-overlay") as Element;
  fireEvent.click(beside);
  expect(close).toHaveBeenCalledOnce();
  fireEvent.input(screen.getByLabelText("Question"), { target: { value: "When are you open?" } });
  fireEvent.click(beside);
  expect(close).toHaveBeenCalledOnce();
});

test("Escape is left to the dialog above a form", () => {
  const close = opened({ closeOnEscape: false });
  fireEvent.keyDown(screen.getByLabelText("Question"), { key: "Escape" });
  expect(close).not.toHaveBeenCalled();
});
