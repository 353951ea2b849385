import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { FilterMenu } from "./ListFilters";

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme" }) }));
vi.mock("../../../api/client", () => ({
  answer: (request: Promise<unknown>) => request,
  api: { GET: async () => ({ items: [] }) },
}));

let reads = 0;

function Rows() {
  useQuery({ queryKey: ["acme", "conversations"], queryFn: async () => ++reads, staleTime: 60_000 });
  return <FilterMenu view={{ folder: "all", label: "", channel: "", sort: "newest" }} change={() => {}} />;
}

test("the list is fetched anew when somebody asks for it", async () => {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <Rows />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await waitFor(() => expect(reads).toBe(1));
  fireEvent.click(screen.getByRole("button", { name: "Sort, filters and saved views" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "Fetch everything anew" }));
  await waitFor(() => expect(reads).toBe(2));
});
