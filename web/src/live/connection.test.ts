import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Handlers, LiveConnection } from "./connection";
import type { Frame, LiveState } from "./frames";

/** Stands for the browser's WebSocket; the test is the server. */
class FakeSocket {
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: { type: string; cursor?: string | null }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: URL) {
    FakeSocket.made.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen?.();
  }

  give(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  static get last(): FakeSocket {
    return FakeSocket.made.at(-1) as FakeSocket;
  }
}

let states: LiveState[];
let frames: Frame[];
let resyncs: number;
let ended: string[];
let refused: number;
let connection: LiveConnection;

const READY = { type: "ready", cursor: "c1", resumed: "nothing", replica: "r", ping: 20 };
const types = (socket: FakeSocket) => socket.sent.map((frame) => frame.type);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
  states = [];
  frames = [];
  ended = [];
  resyncs = refused = 0;
  const handlers: Handlers = {
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    onResync: () => {
      resyncs += 1;
    },
    onRefused: async () => {
      refused += 1;
    },
    onEnded: (why) => ended.push(why),
  };
  connection = new LiveConnection("acme", handlers);
  connection.start(null);
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a socket that still connects is left when it is open, and at the latest after twelve seconds", async () => {
  const first = FakeSocket.last;
  connection.stop();
  expect(first.readyState).toBe(0);
  first.accept();
  expect([first.readyState, first.sent]).toEqual([3, []]);
  connection.start(null);
  const hanging = FakeSocket.last;
  connection.stop();
  await vi.advanceTimersByTimeAsync(11_999);
  expect(hanging.readyState).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(hanging.readyState).toBe(3);
});

test("when the network is back it connects at once, whatever was tried without it", async () => {
  live().end(1006);
  for (let count = 0; count < 6; count++) {
    await vi.advanceTimersByTimeAsync(31_000);
    FakeSocket.last.end(1006);
  }
  const before = FakeSocket.made.length;
  window.dispatchEvent(new Event("online"));
  expect(FakeSocket.made).toHaveLength(before + 1);
  window.dispatchEvent(new Event("online")); // the one before hangs
  expect(FakeSocket.made).toHaveLength(before + 2);
  live();
  expect(states.at(-1)).toBe("live");
  expect(new Set(FakeSocket.made.map((one) => one.url.searchParams.get("tab"))).size).toBe(1);
});

function live(): FakeSocket {
  const socket = FakeSocket.last;
  socket.accept();
  socket.give(READY);
  return socket;
}

test("it says hello, is live after ready, and resumes behind the last frame", async () => {
  const first = live();
  expect(first.sent[0]).toEqual({ type: "hello", cursor: null, see: ["inbox"], open: [] });
  expect(states).toEqual(["live"]);
  first.give({ type: "conversation:changed", cursor: "c2", data: { rows: [] } });
  first.end(1006);
  expect(states.at(-1)).toBe("connecting");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSocket.made).toHaveLength(2);
  FakeSocket.last.accept();
  expect(FakeSocket.last.sent[0]?.cursor).toBe("c2");
  FakeSocket.last.give({ ...READY, cursor: "c2", resumed: "replayed" });
  expect(states.at(-1)).toBe("live");
  expect(resyncs).toBe(0);
});

test("a resync fetches what is shown once", () => {
  FakeSocket.last.accept();
  FakeSocket.last.give({ ...READY, resumed: "resync", why: "too-old" });
  FakeSocket.last.give({ type: "resync", cursor: "c3", why: "rights" });
  expect(resyncs).toBe(2);
  expect(connection.cursor).toBe("c3");
});

test("a silent socket is asked after three seconds, is not live after five, and is given up later", async () => {
  const socket = live();
  await vi.advanceTimersByTimeAsync(3_100);
  expect(types(socket)).toEqual(["hello", "ping"]);
  expect(states).toEqual(["live"]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(states.at(-1)).toBe("polling");
  await vi.advanceTimersByTimeAsync(12_000);
  expect(FakeSocket.made.length).toBeGreaterThan(1);
});

test("a socket that answers stays live for as long as it likes to be quiet", async () => {
  const socket = live();
  for (let second = 0; second < 60; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    if (types(socket).at(-1) === "ping") socket.give({ type: "pong" });
  }
  expect(states).toEqual(["live"]);
  expect(FakeSocket.made).toHaveLength(1);
});

test("the first frame after silence is live again", async () => {
  const socket = live();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(states.at(-1)).toBe("polling");
  socket.give({ type: "pong" });
  expect(states.at(-1)).toBe("live");
});

test("without a socket it is not live within five seconds, and the session is looked after", async () => {
  for (let tries = 0; tries < 4; tries += 1) {
    FakeSocket.last.end(1006);
    await vi.advanceTimersByTimeAsync(2_000);
  }
  expect(states.at(-1)).toBe("polling");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(refused).toBeGreaterThan(0);
  connection.again();
  live();
  expect(states.at(-1)).toBe("live");
});

test("Kafka away is said, and its end", () => {
  const socket = live();
  socket.give({ type: "paused" });
  socket.give({ type: "ping" });
  expect(states.at(-1)).toBe("paused");
  socket.give({ type: "resumed" });
  expect(states.at(-1)).toBe("live");
});

test("a session that has ended is not tried again until somebody signs in", async () => {
  live().end(4401);
  expect(ended).toEqual(["signed-out"]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakeSocket.made).toHaveLength(1);
  connection.again();
  expect(FakeSocket.made).toHaveLength(2);
});

test("a member who is not admitted any more is told", () => {
  live().end(4403);
  expect(ended).toEqual(["not-admitted"]);
  expect(states.at(-1)).toBe("polling");
});

test("a laptop that slept for an hour connects anew at once", async () => {
  const socket = live();
  vi.setSystemTime(Date.now() + 3_600_000);
  connection.look();
  expect(socket.readyState).toBe(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSocket.made).toHaveLength(2);
});

test("no network is said at once; when it is back the socket is asked", async () => {
  const socket = live();
  window.dispatchEvent(new Event("offline"));
  expect(states.at(-1)).toBe("polling");
  window.dispatchEvent(new Event("online"));
  expect(types(socket).at(-1)).toBe("ping");
  await vi.advanceTimersByTimeAsync(4_000);
  expect(FakeSocket.made.length).toBeGreaterThan(1);
});

test("an older replica that does not know pings is asked no more", async () => {
  live().end(1008);
  await vi.advanceTimersByTimeAsync(1_000);
  const socket = live();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(types(socket)).toEqual(["hello"]);
});

test("what is wanted between hello and ready is told too", () => {
  const socket = FakeSocket.last;
  socket.accept();
  connection.want({ see: ["inbox"], open: ["c1"] });
  socket.give(READY);
  expect(types(socket)).toEqual(["hello", "open"]);
});

test("what is wanted is told once, and again in the next hello", () => {
  const socket = live();
  connection.want({ see: ["inbox"], open: ["c1", "c2"] });
  connection.want({ see: ["inbox"], open: ["c2"] });
  expect(types(socket)).toEqual(["hello", "open", "open", "close"]);
});
