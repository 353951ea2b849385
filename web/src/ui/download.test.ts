import { Blob as NodeBlob } from "node:buffer";
import { expect, test, vi } from "vitest";
import { download } from "./download";

const kept: Blob[] = [];
URL.createObjectURL = (file) => {
  kept.push(file as Blob);
  return "blob:";
};
HTMLAnchorElement.prototype.click = () => {};
vi.stubGlobal("Blob", NodeBlob); // that of the answers; jsdom has another

test("a file has all pages of a list, and its titles once", async () => {
  const pages: Record<string, Response> = {
    "": new Response("name\r\nAda\r\n", { headers: { "Parley-Next": "two" } }),
    two: new Response("name\r\nBola\r\n"),
  };
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(request.url.replace(window.location.origin, ""));
    return pages[new URL(request.url).searchParams.get("cursor") ?? ""];
  });
  await download("/api/v1/workspaces/acme/orders?limit=100", "orders.csv");
  expect(await kept[0]?.text()).toBe("name\r\nAda\r\nBola\r\n");
  expect(asked).toEqual([
    "/api/v1/workspaces/acme/orders?limit=100",
    "/api/v1/workspaces/acme/orders?limit=100&cursor=two",
  ]);
});
