import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeAll, expect, test, vi } from "vitest";
import { SegmentForm } from "./SegmentForm";

vi.mock("../../app/me", () => ({ useMember: () => ({ workspace: "acme", can: () => true }) }));
vi.mock("../../time/zone", () => ({ useFormat: () => ({ number: String }) }));

beforeAll(() => configure({ asyncUtilTimeout: 20_000 }));

test("a segment is saved over what was seen when the form opened", { timeout: 60_000 }, async () => {
  const sent: (string | null)[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "PUT") sent.push(request.headers.get("If-Match"));
    return Response.json({ items: [], customers: 3, changes: [] }, { headers: { ETag: "2" } });
  });
  const client = new QueryClient();
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <SegmentForm segment={{ name: "vip" }} taken={["vip"]} tag="1" onClose={() => {}} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await waitFor(() => expect(client.isFetching()).toBe(0)); // the list is newer than the form now
  fireEvent.click(await screen.findByRole("button", { name: /review|changes/i }));
  await waitFor(() => expect(sent).toEqual(["1"]));
});
