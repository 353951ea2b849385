import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { useRef, useState } from "react";
import { expect, test, vi } from "vitest";
import { TextField } from "./TextField";
import { OtherHolder } from "./useSending";

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme", can: () => true }) }));
vi.mock("../../../live/LiveProvider", () => ({ useLive: () => ({ connection: { typing: () => {} } }) }));
vi.mock("../../../time/zone", () => ({ useFormat: () => ({ number: String }) }));
vi.mock("../../../api/client", () => ({ answer: async () => {}, api: { POST: async () => {} } }));

Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true }); // jsdom has none

const onSend = vi.fn();

function Field({ other }: { other: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, change] = useState("");
  return (
    <MantineProvider env="test">
      <OtherHolder value={other}>
        <TextField
          field={field}
          mode="message"
          draft={{ text, change, state: "none" }}
          conversation="c1"
          provider="meta"
          canned={[]}
          enterSends
          onEnterSends={() => {}}
          onSend={onSend}
          onCanned={() => {}}
          onAttach={() => {}}
          onTemplate={() => {}}
        />
      </OtherHolder>
    </MantineProvider>
  );
}

test("A5: Enter sends nothing after a colleague took over while one types; the button does", () => {
  onSend.mockClear();
  const { rerender } = render(<Field other="" />);
  const field = screen.getByLabelText("Write an answer");
  fireEvent.change(field, { target: { value: "It comes tomorrow" } });
  rerender(<Field other="ben" />);
  fireEvent.keyDown(field, { key: "Enter" });
  fireEvent.keyDown(field, { key: "Enter", ctrlKey: true });
  fireEvent.submit(field.closest("form") as HTMLFormElement);
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByRole("alert")).toHaveTextContent("A colleague has this conversation now.");
  expect(field).toHaveValue("It comes tomorrow");
  fireEvent.click(screen.getByRole("button", { name: "Take over and send" }));
  expect(onSend).toHaveBeenCalledTimes(1);

  rerender(<Field other="" />);
  expect(screen.queryByRole("alert")).toBeNull();
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onSend).toHaveBeenCalledTimes(2);
});
