import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { ProblemError } from "../../api/problem";
import { useEdit } from ".";

vi.mock("../../app/me", () => ({ useMember: () => ({ workspace: "acme" }) }));

type Sent = { dry_run: boolean; tag: string };
let stored: { text: string; tag: string };
let sent: Sent[];

beforeEach(() => {
  stored = { text: "theirs", tag: "2" };
  sent = [];
});

/** A server that refuses what was made of an older text. */
async function send({ dry_run, tag }: Sent) {
  sent.push({ dry_run, tag });
  if (tag !== stored.tag) throw new ProblemError(412, { type: "/changed-meanwhile", title: "changed" });
  const changes = [{ kind: "changed", path: "text", before: stored.text, after: "mine", loses: false }];
  if (!dry_run) stored = { text: "mine", tag: "3" };
  return { changes } as never;
}

function Form({ done }: { done: () => void }) {
  const edit = useEdit("part");
  const wanted = { tag: "1", send, yours: "mine", done };
  const theirs = async () => ({ shown: stored.text, tag: stored.tag });
  return (
    <>
      <button type="button" onClick={() => edit.ask({ ...wanted, theirs }, "key")}>
        ask
      </button>
      {edit.dialog}
    </>
  );
}

async function conflict() {
  const done = vi.fn();
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <Form done={done} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  fireEvent.click(screen.getByText("ask"));
  expect(await screen.findByText("theirs", {}, { timeout: 20_000 })).toBeInTheDocument();
  expect(screen.getByText("mine")).toBeInTheDocument();
  return done;
}

test("mine is saved over what a colleague saved, after a look at what changes", {
  timeout: 60_000,
}, async () => {
  const done = await conflict();
  fireEvent.click(screen.getByText("Save mine over it"));
  fireEvent.click(await screen.findByText("Save", {}, { timeout: 20_000 }));
  await waitFor(() => expect(done).toHaveBeenCalled(), { timeout: 20_000 });
  expect(stored.text).toBe("mine");
  expect(sent).toEqual([
    { dry_run: true, tag: "1" },
    { dry_run: true, tag: "2" },
    { dry_run: false, tag: "2" },
  ]);
});

test("theirs is taken without saving anything", { timeout: 60_000 }, async () => {
  const done = await conflict();
  fireEvent.click(screen.getByText("Take theirs"));
  await waitFor(() => expect(done).toHaveBeenCalled(), { timeout: 20_000 });
  expect([stored.text, sent.length]).toEqual(["theirs", 1]);
});

test("another change while the person decides is a conflict again", { timeout: 60_000 }, async () => {
  await conflict();
  stored = { text: "theirs, newer", tag: "7" };
  fireEvent.click(screen.getByText("Save mine over it"));
  expect(await screen.findByText("theirs, newer", {}, { timeout: 20_000 })).toBeInTheDocument();
});
