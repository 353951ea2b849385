import { expect, test } from "vitest";
import { ProblemError } from "../../../api/problem";
import { patchOf } from "./patch";
import { refusalOf } from "./usePublishing";

test("a patch names the flow's file", () => {
  expect(patchOf("--- 1a2b\n+++ draft\n@@ -1 +1 @@\n-a\n+b", "shop")).toBe(
    "--- a/flows/shop.yaml\n+++ b/flows/shop.yaml\n@@ -1 +1 @@\n-a\n+b\n",
  );
});

test("problems of the flow are told from other errors", () => {
  const problem = (type: string, more: object) => new ProblemError(409, { type: `x/${type}`, ...more });
  expect(refusalOf(problem("invalid", { problems: [{ line: 1 }] }))).toMatchObject({ why: "problems" });
  expect(refusalOf(problem("tests-failed", { tests: [] }))).toMatchObject({ why: "tests" });
  expect(refusalOf(problem("invalid", {}))).toBeNull();
  expect(refusalOf(problem("changed-meanwhile", {}))).toBeNull();
});
