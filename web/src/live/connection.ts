import type { Frame, LiveState } from "./frames";

const SILENCE = 45_000;
const LOOK = 5_000;
const MOST_DELAY = 30_000;
const FIRST_JITTER = 3_000;
const ENDED = [4401, 4403];

export type Wants = { see: Set<string>; open: Set<string> };
type Handlers = {
  onFrame: (frame: Frame) => void;
  onState: (state: LiveState) => void;
  onResync: () => void;
};

/**
 * One WebSocket of live events that connects again by itself and goes on where it was cut off.
 * Whoever shows data calls `see` and `open`; frames arrive at `onFrame`; after `onResync` all shown data is fetched anew.
 */
export class LiveConnection {
  private socket: WebSocket | null = null;
  private cursor: string | null = null;
  private heard = 0;
  private failures = 0;
  private timer: number | undefined;
  private watch: number | undefined;
  private stopped = false;
  private readonly wants: Wants = { see: new Set(["inbox"]), open: new Set() };

  constructor(
    private readonly workspace: string,
    private readonly handlers: Handlers,
  ) {}

  start() {
    this.connect();
    this.watch = window.setInterval(() => this.look(), LOOK);
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("online", this.wake);
  }

  stop() {
    this.stopped = true;
    window.clearInterval(this.watch);
    window.clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.wake);
    this.socket?.close();
  }

  /** Asks for the messages of a conversation; returns a function that ends it. */
  open(conversation: string): () => void {
    this.wants.open.add(conversation);
    this.send({ type: "open", conversation });
    return () => {
      this.wants.open.delete(conversation);
      this.send({ type: "close", conversation });
    };
  }

  /** Asks for frames of a broadcast or a flow: `broadcast:<id>`; returns a function that ends it. */
  see(what: string): () => void {
    this.wants.see.add(what);
    this.send({ type: "see", see: [...this.wants.see] });
    return () => {
      this.wants.see.delete(what);
      this.send({ type: "see", see: [...this.wants.see] });
    };
  }

  typing(conversation: string) {
    this.send({ type: "typing", conversation });
  }

  private send(frame: object) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private connect() {
    if (this.stopped || this.socket) return;
    const url = new URL(
      `/api/v1/workspaces/${encodeURIComponent(this.workspace)}/events`,
      window.location.href,
    );
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, "parley.v1");
    this.socket = socket;
    this.heard = Date.now();
    socket.onopen = () => {
      const { see, open } = this.wants;
      this.send({ type: "hello", cursor: this.cursor, see: [...see], open: [...open] });
    };
    socket.onmessage = (event) => this.receive(JSON.parse(String(event.data)) as Frame);
    socket.onclose = (event) => this.closed(socket, event.code);
  }

  private receive(frame: Frame) {
    this.heard = Date.now();
    if (frame.cursor) this.cursor = frame.cursor;
    if (frame.type === "ready") {
      this.failures = 0;
      this.handlers.onState("live");
      if (frame.resumed === "resync") this.handlers.onResync();
    } else if (frame.type === "resync") this.handlers.onResync();
    else if (frame.type === "paused") this.handlers.onState("paused");
    else if (frame.type === "resumed") this.handlers.onState("live");
    else if (frame.type === "ping") this.send({ type: "pong" });
    this.handlers.onFrame(frame);
  }

  private closed(socket: WebSocket, code: number) {
    if (this.socket !== socket) return;
    this.socket = null;
    if (this.stopped) return;
    this.handlers.onState("polling");
    this.failures += 1;
    if (ENDED.includes(code)) this.handlers.onFrame({ type: "signed-out" });
    const delay = Math.min(MOST_DELAY, FIRST_JITTER * 2 ** (this.failures - 1)) * Math.random();
    this.timer = window.setTimeout(() => this.connect(), delay);
  }

  /** Gives up a socket that has said nothing for too long: the network may have swallowed its end. */
  private look() {
    if (this.socket && Date.now() - this.heard > SILENCE) this.drop();
  }

  private drop() {
    const socket = this.socket;
    if (!socket) return;
    socket.close();
    this.closed(socket, 0);
  }

  private readonly wake = () => {
    if (document.visibilityState === "hidden") return;
    window.clearTimeout(this.timer);
    this.look();
    this.connect();
  };
}
