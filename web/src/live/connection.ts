import type { Frame, LiveState } from "./frames";

const LOOK = 1_000;
const PROBE_AFTER = 3_000;
const NOT_LIVE_AFTER = 5_000;
const ANSWER_WITHIN = 9_000;
const ANSWER_SOON = 2_000;
const READY_WITHIN = 12_000;
const SILENCE = 45_000;
const FIRST_DELAY = 800;
const RESTART_DELAY = 3_000;
const MOST_DELAY = 30_000;
const RESTART = 1012;
const AGAINST_PROTOCOL = 1008;
const SIGNED_OUT = 4401;
const NOT_ADMITTED = 4403;
const TOO_MANY = 4429;

export type Handlers = {
  onFrame: (frame: Frame) => void;
  onState: (state: LiveState) => void;
  onResync: () => void;
  /** The socket could not be opened: makes sure that the session is fresh. */
  onRefused: () => Promise<void>;
  onEnded: (why: "signed-out" | "not-admitted") => void;
};

export type Wants = { see: readonly string[]; open: readonly string[] };

/**
 * One WebSocket of live events that connects again by itself and goes on where it was cut off.
 *
 * live: frames arrive. connecting: nothing is heard for less than five seconds. polling: for longer, or the browser is
 * offline. While somebody looks at the tab, a socket that is silent is asked for a sign of life after three seconds.
 */
export class LiveConnection {
  private socket: WebSocket | null = null;
  private ready = false;
  private paused = false;
  private heard = 0;
  private answerBy = 0;
  private opened = 0;
  private answersProbes = true;
  private failures = 0;
  private timer: number | undefined;
  private watch: number | undefined;
  private stopped = true;
  private ended = false;
  private wants: Wants = { see: ["inbox"], open: [] };
  private state: LiveState = "connecting";
  cursor: string | null = null;

  /** Of the page: the server ends a former connection of it, whose loss it may not have noticed. */
  private readonly tab = Array.from(crypto.getRandomValues(new Uint32Array(3)), (one) =>
    one.toString(36),
  ).join("");

  constructor(
    private readonly workspace: string,
    private readonly handlers: Handlers,
  ) {}

  start(cursor: string | null) {
    this.stopped = false;
    this.cursor = cursor;
    this.heard = Date.now();
    this.connect();
    this.watch = window.setInterval(() => this.look(), LOOK);
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("online", this.online);
    window.addEventListener("offline", this.offline);
  }

  stop() {
    this.stopped = true;
    window.clearInterval(this.watch);
    window.clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.online);
    window.removeEventListener("offline", this.offline);
    const socket = this.socket;
    this.socket = null;
    if (socket) leave(socket, this.opened);
  }

  /** Connects again after the person has signed in anew. */
  again() {
    this.ended = false;
    this.failures = 0;
    window.clearTimeout(this.timer);
    this.connect();
  }

  /** Says what is shown: `see` as in the hello, and the conversations whose messages are wanted. */
  want(wants: Wants) {
    const { see, open } = this.wants;
    this.wants = wants;
    if (String(see) !== String(wants.see)) this.send({ type: "see", see: wants.see });
    for (const one of open) if (!wants.open.includes(one)) this.send({ type: "close", conversation: one });
    for (const one of wants.open) if (!open.includes(one)) this.send({ type: "open", conversation: one });
  }

  typing(conversation: string) {
    this.send({ type: "typing", conversation });
  }

  /** Looks after the socket. watched: somebody looks at a tab of this browser. */
  look(watched = document.visibilityState !== "hidden") {
    const silent = Date.now() - this.heard;
    if (this.socket && silent > SILENCE) return this.drop();
    if (!watched) return;
    const now = Date.now();
    if (this.ready && this.answersProbes && silent >= PROBE_AFTER && !this.answerBy) this.ask(ANSWER_WITHIN);
    if ((this.answerBy || !this.ready) && silent >= NOT_LIVE_AFTER) this.show("polling");
    if (this.ready ? this.answerBy && now > this.answerBy : now > this.opened + READY_WITHIN) this.drop();
  }

  private ask(within: number) {
    this.answerBy = Date.now() + within;
    this.send({ type: "ping" });
  }

  private send(frame: object) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  private connect() {
    if (this.stopped || this.ended || this.socket) return;
    const path = `/api/v1/workspaces/${encodeURIComponent(this.workspace)}/events`;
    const url = new URL(`${path}?tab=${this.tab}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, "parley.v1");
    this.socket = socket;
    this.opened = Date.now();
    let answered = false;
    socket.onopen = () => {
      answered = true;
      socket.send(JSON.stringify({ type: "hello", cursor: this.cursor, ...this.wants }));
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(JSON.parse(String(event.data)) as Frame);
    };
    socket.onclose = (event) => this.closed(socket, event.code, answered);
  }

  private receive(frame: Frame) {
    this.heard = Date.now();
    this.answerBy = 0;
    if (frame.type === "ready") {
      this.ready = true;
      this.failures = 0;
      this.paused = false;
      if (frame.resumed === "resync") this.handlers.onResync();
    } else if (frame.type === "resync") this.handlers.onResync();
    else if (frame.type === "paused") this.paused = true;
    else if (frame.type === "resumed") this.paused = false;
    else if (frame.type === "ping") this.send({ type: "pong" });
    if (this.ready) this.show(this.paused ? "paused" : "live");
    this.handlers.onFrame(frame);
    if (frame.cursor) this.cursor = frame.cursor;
  }

  private closed(socket: WebSocket, code: number, answered: boolean) {
    if (this.socket !== socket) return;
    this.socket = null;
    if (this.ready) this.heard = Math.max(this.heard, Date.now() - PROBE_AFTER);
    const wasReady = this.ready;
    this.ready = false;
    this.answerBy = 0;
    if (this.stopped) return;
    this.failures += 1;
    if (code === AGAINST_PROTOCOL) this.answersProbes = false; // an older replica
    if (code === SIGNED_OUT || code === NOT_ADMITTED) {
      this.ended = code === SIGNED_OUT;
      this.show("polling");
      this.handlers.onEnded(code === SIGNED_OUT ? "signed-out" : "not-admitted");
    } else this.show(this.state === "live" || this.state === "paused" ? "connecting" : this.state);
    this.later(this.delay(code, wasReady), !answered);
  }

  private later(delay: number, refused: boolean) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(async () => {
      if (refused) await this.handlers.onRefused();
      this.connect();
    }, delay);
  }

  private delay(code: number, wasReady: boolean): number {
    if (code === TOO_MANY || code === NOT_ADMITTED) return MOST_DELAY * (0.5 + Math.random());
    if (wasReady && code !== RESTART) return FIRST_DELAY * Math.random();
    return Math.min(MOST_DELAY, RESTART_DELAY * 2 ** Math.max(0, this.failures - 1)) * Math.random();
  }

  private drop() {
    const socket = this.socket;
    if (!socket) return;
    socket.close();
    this.closed(socket, 0, true);
  }

  private show(state: LiveState) {
    if (this.state === state) return;
    this.state = state;
    this.handlers.onState(state);
  }

  private readonly offline = () => {
    this.answerBy = Date.now() + ANSWER_WITHIN;
    this.heard = Math.min(this.heard, Date.now() - NOT_LIVE_AFTER);
    this.show("polling");
  };

  /** The network is back: connects at once, and does not wait for what was begun without it. */
  private readonly online = () => {
    this.failures = 0;
    if (this.socket && !this.ready) {
      this.socket.close();
      this.socket = null;
    }
    if (this.socket) {
      if (this.answersProbes) this.ask(ANSWER_SOON);
      return;
    }
    window.clearTimeout(this.timer);
    this.connect();
  };

  /** Somebody looks again: finds out at once whether the socket still works. */
  private readonly wake = () => {
    if (document.visibilityState === "hidden") return;
    this.look();
    if (!this.socket) {
      window.clearTimeout(this.timer);
      this.connect();
    } else if (this.ready && this.answersProbes) this.ask(ANSWER_SOON);
  };
}

/**
 * Ends a socket that nobody needs. One that still connects ends when it is open, since browsers warn of one that is
 * closed before; but it may not hang for longer than others, since browsers open one socket to a server at a time.
 */
function leave(socket: WebSocket, begun: number) {
  if (socket.readyState !== 0) return socket.close();
  const late = window.setTimeout(() => socket.close(), Math.max(0, begun + READY_WITHIN - Date.now()));
  socket.onclose = () => window.clearTimeout(late);
  socket.onopen = () => socket.close();
}
