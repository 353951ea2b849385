import { expect, test } from "vitest";
import { sameFilters } from "./sameFilters";

test.each([
  ["/w/acme/inbox", { folder: "mine" }],
  ["/w/acme/inbox/c1", { folder: "mine" }],
  ["/w/acme/customers", {}],
  ["/w/inbox/customers", {}],
])("a conversation that is opened from %s keeps the folder only in the inbox", (path, search) => {
  window.history.replaceState(null, "", path);
  expect(sameFilters({ folder: "mine" })).toEqual(search);
});
