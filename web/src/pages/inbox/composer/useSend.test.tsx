import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { ProblemError } from "../../../api/problem";
import { openKeys, textContent } from "./openKeys";
import { LocalTexts } from "./outbox";
import { useSend, type Wanted } from "./useSend";

const { sent, refusals, outcomes } = vi.hoisted(() => ({
  sent: [] as { body: object; key: string }[],
  /** Errors of the next requests, in order; null: accepted. */
  refusals: [] as (Error | null)[],
  outcomes: [] as object[],
}));

vi.mock("../../../api/client", () => {
  let keys = 0;
  return {
    answer: (request: Promise<unknown>) => request,
    newKey: () => `key-${++keys}`,
    api: {
      POST: async (
        _: string,
        { body, params }: { body: object; params: { header: Record<string, string> } },
      ) => {
        const key = String(params.header["Idempotency-Key"]);
        sent.push({ body, key });
        const refusal = refusals.shift();
        if (refusal) throw refusal;
        return { command: `of-${key}`, message: null };
      },
    },
  };
});
vi.mock("../conversation/useCommands", () => {
  const done = { state: "done", reason: "", by: "" };
  const commands = { outcomes: { of: async () => outcomes.shift() ?? done } };
  return { useCommands: () => commands };
});

const lost = () => new ProblemError(0, { title: "No answer" });
const text = (words: string, more: Partial<Wanted> = {}): Wanted => ({
  content: textContent(words),
  text: words,
  guard: "",
  ...more,
});
const FILE: Wanted = {
  content: { type: "media", kind: "document", url: "", media_id: "m1", caption: "", filename: "bill.pdf" },
  text: "bill.pdf",
  guard: "",
};

let place = 0;

function composer(conversation: string, back: (wanted: Wanted) => void = () => {}) {
  const local = new LocalTexts("acme", "ann", conversation);
  return renderHook(() => useSend({ workspace: "acme", conversation }, local, back)).result;
}

beforeEach(() => {
  sent.length = 0;
  refusals.length = 0;
  outcomes.length = 0;
  localStorage.clear();
  place += 1;
});

test("a message that got no answer keeps its key while another one is sent", async () => {
  const { current } = composer(`c${place}`);
  refusals.push(lost(), null);
  await act(() => current.send(text("A")));
  await act(() => current.send(text("B")));
  await act(() => current.send(text("A")));
  await act(() => current.send(text("A")));
  const [first, second, again, anew] = sent.map((one) => one.key);
  expect(again).toBe(first);
  expect(new Set([first, second, anew]).size).toBe(3);
});

test("a first request that still runs, or an ended session, keeps the key", async () => {
  const { current } = composer(`c${place}`);
  refusals.push(
    lost(),
    new ProblemError(409, { type: "/conflict" }, 1),
    new ProblemError(401, { type: "/signed-out" }),
  );
  for (let tries = 0; tries < 4; tries++) await act(() => current.send(text("A", { guard: `${tries}` })));
  expect(new Set(sent.map((one) => one.key)).size).toBe(1);
  expect(sent.map((one) => (one.body as { if_assigned: string }).if_assigned)).toEqual(["0", "0", "0", "0"]);
});

test("a text that got no answer has its key in the draft", async () => {
  const { current } = composer(`c${place}`);
  refusals.push(lost());
  await act(() => current.send(text("A")));
  expect(openKeys.ofDraft(`acme c${place}`, " A ", "")).toBe(sent[0]?.key);
  expect(openKeys.ofDraft(`acme c${place}`, "B", "")).toBe("");
});

test("a file that was not sent waits as a file, also after a reload, and is sent again", async () => {
  const back = vi.fn();
  const first = composer(`c${place}`, back);
  refusals.push(lost());
  await act(() => first.current.send(FILE));
  expect(back).not.toHaveBeenCalled();
  expect(first.current.unsent.map((one) => one.wanted)).toEqual([FILE]);
  await act(() => first.current.send(text("Another answer")));
  expect(first.current.unsent.map((one) => one.wanted)).toEqual([FILE]);

  const reloaded = composer(`c${place}`, back);
  const [waiting] = reloaded.current.unsent;
  expect(waiting?.wanted.content).toEqual(FILE.content);
  if (waiting) await act(() => reloaded.current.again(waiting));
  expect(sent.at(-1)).toMatchObject({ key: sent[0]?.key, body: { content: FILE.content } });
  expect(reloaded.current.unsent).toEqual([]);
  expect(new LocalTexts("acme", "ann", `c${place}`).outgoing()).toEqual([]);
});

test("a file that was refused is sent again with another key", async () => {
  outcomes.push({ state: "refused", reason: "taken-by", by: "ben" });
  const hook = composer(`c${place}`);
  await act(() => hook.current.send(FILE));
  const [waiting] = hook.current.unsent;
  expect(waiting).toMatchObject({ reason: "taken-by", by: "ben" });
  if (waiting) await act(() => hook.current.again(waiting, { guard: "ben" }));
  expect(sent[1]?.key).not.toBe(sent[0]?.key);
  expect(sent[1]?.body).toMatchObject({ if_assigned: "ben", content: FILE.content });
});

test("a text that was refused comes back with its labels and the message it replies to", async () => {
  const back = vi.fn();
  const { current } = composer(`c${place}`, back);
  outcomes.push({ state: "refused", reason: "window-closed", by: "" });
  const wanted = text("A", { labels: ["urgent"], quote: { id: "m1", author: "customer", text: "Hi" } });
  await act(() => current.send(wanted));
  expect(back.mock.calls).toEqual([[wanted]]);
});
