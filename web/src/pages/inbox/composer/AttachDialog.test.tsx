import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { AttachDialog } from "./AttachDialog";
import { NO_FILE } from "./attached";
import { OtherHolder } from "./useSending";

vi.mock("../../../time/zone", () => ({ useFormat: () => ({ number: String }) }));

URL.createObjectURL ??= () => "blob:";
URL.revokeObjectURL ??= () => {};

const onSend = vi.fn();

function dialog(files: File[] = []) {
  return (
    <MantineProvider env="test">
      <AttachDialog
        attached={{ files, first: NO_FILE }}
        workspace="acme"
        channel="main"
        provider="meta"
        onClose={() => {}}
        onSend={onSend}
      />
    </MantineProvider>
  );
}

const fill = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

test("a contact is sent with its number as WhatsApp wants it", async () => {
  onSend.mockClear();
  render(dialog());
  fireEvent.click(await screen.findByRole("button", { name: "A contact" }));
  await screen.findByLabelText(/^Name/);
  fill(/^Name/, " Bea Obi ");
  fill(/^Phone number/, "0803 123 4567");
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(screen.getByText("This is no phone number with + and a country code.")).toBeInTheDocument();
  expect(onSend).not.toHaveBeenCalled();
  fill(/^Phone number/, "+234 803 123-4567");
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  const card = { name: "Bea Obi", phones: ["+2348031234567"], emails: [], organisation: "" };
  expect(onSend).toHaveBeenCalledWith({ type: "contacts", cards: [card] }, "Bea Obi", true);
});

test("a place is sent by its coordinates", async () => {
  onSend.mockClear();
  render(dialog());
  fireEvent.click(await screen.findByRole("button", { name: "A place" }));
  fireEvent.change(await screen.findByLabelText(/^Coordinates/), { target: { value: "Marina Road" } });
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(onSend).not.toHaveBeenCalled();
  fill(/^Coordinates/, "6.4541, 3.3947");
  fill("Name of the place", "Our shop");
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  const place = { type: "location", latitude: 6.4541, longitude: 3.3947, name: "Our shop", address: "" };
  expect(onSend).toHaveBeenCalledWith(place, "Our shop", true);
});

test("a contact is not sent by Enter while a colleague has the conversation", async () => {
  onSend.mockClear();
  render(<OtherHolder value="ben">{dialog()}</OtherHolder>);
  fireEvent.click(await screen.findByRole("button", { name: "A contact" }));
  await screen.findByLabelText(/^Name/);
  fill(/^Name/, "Bea Obi");
  fill(/^Phone number/, "+2348031234567");
  fireEvent.submit(screen.getByLabelText(/^Name/).closest("form") as HTMLFormElement);
  expect(screen.getByRole("alert")).toHaveTextContent("A colleague has this conversation now.");
  expect(onSend).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Take over and send" }));
  expect(onSend).toHaveBeenCalledTimes(1);
});

test("files that are dropped on the open dialog follow those that wait", async () => {
  const file = (name: string) => new File(["%PDF"], name, { type: "application/pdf" });
  render(dialog([file("a.pdf"), file("b.pdf")]));
  expect(await screen.findByText("1 more file follows")).toBeInTheDocument();
  fireEvent.drop(screen.getByText("1 more file follows"), { dataTransfer: { files: [file("c.pdf")] } });
  expect(await screen.findByText("2 more files follow")).toBeInTheDocument();
});
