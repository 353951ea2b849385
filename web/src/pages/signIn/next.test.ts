import { expect, test } from "vitest";
import { nextOf, signInHref } from "./next";

test.each([
  ["/w/acme/inbox?folder=closed", "/w/acme/inbox?folder=closed"],
  ["/", "/"],
  ["", "/"],
])("the page %j is gone to after signing in", (asked, next) => {
  expect(nextOf(new URL(signInHref(asked), "http://console").search)).toBe(next);
});

test.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"])(
  "the foreign address %j is not",
  (next) => {
    expect(nextOf(`?${new URLSearchParams({ next })}`)).toBe("/");
  },
);
