import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { PeoplePage } from "./PeoplePage";

vi.mock("../../../app/me", () => ({
  useMember: () => ({ workspace: "acme", role: "owner", me: { id: "ann" }, can: () => true }),
}));
vi.mock("../../../time/TimeText", () => ({ TimeText: ({ at }: { at: string }) => <time>{at}</time> }));

const BEN = {
  id: "ben",
  name: "Ben Agent",
  email: "ben@example.com",
  role: "agent",
  sees: "all",
  channels: [],
  second_factor: false,
  disabled: false,
  seen_at: null,
};
let ben = BEN;
let tag = "1";
let invited: string[] = [];
let saved: (string | null)[] = [];

beforeAll(() => configure({ asyncUtilTimeout: 20_000 }));

beforeEach(() => {
  [ben, tag, invited, saved] = [BEN, "1", ["new@example.com"], []];
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path.endsWith("/members")) return Response.json({ items: [ben] });
    if (path.endsWith("/channels")) return Response.json({ items: [] });
    if (path.endsWith("/member-rules")) return Response.json({ second_factor: false });
    if (path.includes("/invitations")) {
      if (request.method === "DELETE") invited = [];
      if (request.method === "POST") invited = ["later@example.com", ...invited];
      if (request.method === "POST") return Response.json({ email: "later@example.com", mailed: true });
      if (request.method === "DELETE") return new Response(null, { status: 204 });
      const items = invited.map((email) => ({ id: email, email, role: "agent", ends_at: "" }));
      return Response.json({ items });
    }
    if (request.method === "GET") return Response.json(ben, { headers: { ETag: tag } });
    saved.push(request.headers.get("If-Match"));
    return Response.json({ type: "/problems/changed-meanwhile", title: "Changed" }, { status: 412 });
  });
});

function page() {
  const client = new QueryClient();
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <PeoplePage />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return client;
}

test("a withdrawn invitation leaves the list, and a new one appears in it", { timeout: 60_000 }, async () => {
  page();
  fireEvent.click(await screen.findByRole("button", { name: "Show open invitations" }));
  fireEvent.click(await screen.findByRole("button", { name: "Withdraw" }));
  await waitFor(() => expect(screen.queryByText("new@example.com")).toBeNull());
  fireEvent.click(screen.getByRole("button", { name: "Invite somebody" }));
  fireEvent.change(await screen.findByLabelText(/^E-mail address/), {
    target: { value: "later@example.com" },
  });
  fireEvent.click(screen.getByRole("button", { name: "Invite" }));
  expect(await screen.findByText("later@example.com")).toBeInTheDocument();
});

test("a member is changed under what the person saw, not what a colleague saved since", {
  timeout: 60_000,
}, async () => {
  const client = page();
  fireEvent.click(await screen.findByText("Ben Agent"));
  fireEvent.click(await screen.findByRole("radio", { name: /^Administrator/ }));
  [ben, tag] = [{ ...BEN, role: "viewer" }, "2"];
  await client.invalidateQueries();
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(/Somebody changed this person meanwhile/)).toBeInTheDocument();
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved).toEqual(["1", "2"]));
});
