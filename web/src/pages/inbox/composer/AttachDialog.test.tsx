import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { AttachDialog } from "./AttachDialog";
import { NO_FILE } from "./attached";

vi.mock("../../../time/zone", () => ({ useFormat: () => ({ number: String }) }));

URL.createObjectURL ??= () => "blob:";
URL.revokeObjectURL ??= () => {};

test("files that are dropped on the open dialog follow those that wait", async () => {
  const file = (name: string) => new File(["%PDF"], name, { type: "application/pdf" });
  const attached = { files: [file("a.pdf"), file("b.pdf")], first: NO_FILE };
  render(
    <MantineProvider env="test">
      <AttachDialog
        attached={attached}
        workspace="acme"
        channel="main"
        provider="meta"
        onClose={() => {}}
        onSend={() => {}}
      />
    </MantineProvider>,
  );
  expect(await screen.findByText("1 more file follows")).toBeInTheDocument();
  fireEvent.drop(screen.getByText("1 more file follows"), { dataTransfer: { files: [file("c.pdf")] } });
  expect(await screen.findByText("2 more files follow")).toBeInTheDocument();
});
