import { queryOptions } from "@tanstack/react-query";
import { answer, answerWithTag, api } from "../../../api/client";

/** The tests of a flow as text, with their ETag. */
export const testsQuery = (workspace: string, flow: string) =>
  queryOptions({
    queryKey: [workspace, "flows", "tests", flow],
    queryFn: ({ signal }) =>
      answerWithTag(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/tests", {
          params: { path: { workspace, name: flow } },
          signal,
        }),
      ),
  });

export type TestLine = { name: string; line: number };

/** Returns the names of the tests of a text, by the lines that begin them. */
export function testsOf(text: string): TestLine[] {
  const found: TestLine[] = [];
  text.split("\n").forEach((content, place) => {
    const [, quoted, single, plain] =
      /^\s*-\s+name:\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^#]+?))\s*(?:#.*)?$/.exec(content) ?? [];
    const name = quoted?.replace(/\\(.)/g, "$1") ?? single ?? plain;
    if (name) found.push({ name, line: place + 1 });
  });
  return found;
}

/** Returns the tests with another one behind them. made: a text `tests:` with one test, as the API makes it. */
export function withTest(text: string, made: string): string {
  const body = made.replace(/^tests:\s*\n/, "");
  const kept = text.trimEnd();
  if (!kept || /^tests:\s*(\[\s*\])?\s*$/.test(kept)) return `tests:\n${body}`;
  const indent = /^( *)-\s/m.exec(kept)?.[1] ?? "  ";
  const given = /^( *)-\s/m.exec(body)?.[1] ?? "  ";
  const moved = body
    .split("\n")
    .map((line) => (line.startsWith(given) ? indent + line.slice(given.length) : line))
    .join("\n");
  return `${kept}\n${moved}`;
}

/** Runs tests against a text of the flow. tests: null: the stored ones. */
export function runTests(workspace: string, flow: string, source: string, tests: string | null) {
  return answer(
    api.POST("/api/v1/workspaces/{workspace}/flows/{name}/tests/run", {
      params: { path: { workspace, name: flow } },
      body: { source, ...(tests === null ? {} : { tests }) },
    }),
  );
}
