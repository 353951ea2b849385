import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { applyFrame } from "./apply";
import type { Row } from "./frames";

const KEY = ["acme", "conversations", { folder: "all" }];

function row(version: number, text: string): Row {
  return { id: "c1", version, preview: { text } } as unknown as Row;
}

function shown(client: QueryClient): string[] {
  const data = client.getQueryData<{ pages: { items: Row[] }[] }>(KEY);
  return data?.pages.flatMap((page) => page.items.map((one) => one.preview?.text ?? "")) ?? [];
}

test("a row of a newer version replaces the one that is shown, an older one does not", () => {
  const client = new QueryClient();
  client.setQueryData(KEY, { pages: [{ items: [row(3, "three")], next: null }], pageParams: [undefined] });
  applyFrame(client, "acme", { type: "conversation:changed", data: { rows: [row(4, "four")] } });
  applyFrame(client, "acme", { type: "conversation:changed", data: { rows: [row(2, "two")] } });
  expect(shown(client)).toEqual(["four"]);
});
