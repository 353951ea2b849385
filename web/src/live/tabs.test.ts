import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SharedConnection } from "./tabs";

vi.mock("./connection", () => ({
  LiveConnection: class {
    want() {}
    start() {}
    stop() {}
  },
}));

/** Channels of one browser: each message reaches the others at once. */
class Channel {
  static all: Channel[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(readonly name: string) {
    Channel.all.push(this);
  }
  postMessage(data: unknown) {
    for (const one of Channel.all)
      if (one !== this && one.name === this.name) one.onmessage?.({ data: structuredClone(data) });
  }
  close() {
    Channel.all = Channel.all.filter((one) => one !== this);
  }
}

const tabs: SharedConnection[] = [];

beforeEach(() => {
  const held = new Set<string>();
  vi.stubGlobal("BroadcastChannel", Channel);
  Object.defineProperty(navigator, "locks", {
    configurable: true,
    value: {
      request: async (name: string, _: object, run: () => unknown) => {
        if (held.has(name)) return new Promise(() => {});
        held.add(name);
        return run();
      },
    },
  });
});

afterEach(() => {
  for (const tab of tabs.splice(0)) tab.stop();
});

function tab(looksAt = ""): SharedConnection {
  const handlers = { onLeads() {}, onFrame() {}, onState() {}, onResync() {} };
  const one = new SharedConnection("acme", {
    ...handlers,
    firstCursor: () => ({ cursor: null, unsure: false }),
  } as never);
  one.look(looksAt);
  one.start();
  tabs.push(one);
  return one;
}

test("the tab that leads knows which conversation somebody looks at in another tab", () => {
  const leader = tab();
  const other = tab("c1"); // its page shows the conversation before it has found the others
  expect([leader.isInSight("c1"), leader.isInSight("c2")]).toEqual([true, false]);
  other.look("");
  leader.look("c2");
  expect([leader.isInSight("c1"), leader.isInSight("c2")]).toEqual([false, true]);
});
