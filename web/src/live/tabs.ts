import { type Handlers as ConnectionHandlers, LiveConnection, type Wants } from "./connection";
import type { Frame, LiveState } from "./frames";

const LOOK = 1_000;
const ASK_AFTER = 3_000;
const NOT_LIVE_AFTER = 5_000;
const TAKE_OVER_AFTER = 12_000;
const FORGET_EVERY = 15_000;
const FIRST_ANSWER_WITHIN = 1_500;
const LOOK_FOR_FIRST = 50;

type Message =
  | { kind: "frame"; frame: Frame }
  | { kind: "state"; state: LiveState; cursor: string | null }
  | { kind: "resync" }
  | { kind: "leads" }
  | { kind: "asks" }
  | { kind: "wants"; tab: string; wants: Wants }
  | { kind: "looks"; tab: string; at: string }
  | { kind: "typing"; conversation: string };

export type TabHandlers = ConnectionHandlers & {
  onLeads: (leads: boolean) => void;
  /** The cursor of the answers that were read before the connection; unsure: they have several, or none came yet. */
  firstCursor: () => { cursor: string | null; unsure: boolean };
};

/**
 * The live connection of a tab. All tabs of a browser share the one of the tab that leads; when that is closed or
 * frozen, another one goes on where it was. Without Web Locks or BroadcastChannel each tab has its own.
 */
export class SharedConnection {
  private readonly tab = Array.from(crypto.getRandomValues(new Uint32Array(2)), String).join("-");
  private readonly seen = new Set(["inbox"]);
  private readonly opened: string[] = [];
  private readonly others = new Map<string, Wants>();
  private readonly othersLook = new Map<string, string>();
  private readonly lastViewing = new Map<string, Frame>();
  private channel: BroadcastChannel | null = null;
  private connection: LiveConnection | null = null;
  private ending: AbortController | null = null;
  private release: (() => void) | null = null;
  private timers: number[] = [];
  private state: LiveState = "connecting";
  private cursor: string | null = null;
  private looksAt = "";
  private heard = 0;
  private fetchWhenReady = false;

  constructor(
    private readonly workspace: string,
    private readonly handlers: TabHandlers,
  ) {}

  start() {
    this.heard = Date.now();
    if (!("locks" in navigator) || typeof BroadcastChannel === "undefined") return this.lead();
    this.ending = new AbortController();
    this.channel = new BroadcastChannel(`parley-live-${this.workspace}`);
    this.channel.onmessage = (event) => this.hear(event.data as Message);
    void navigator.locks
      .request(`parley-tab-${this.tab}`, { signal: this.ending.signal }, this.untilEnd)
      .catch(ignore);
    this.candidate(false);
    this.tellWants();
    this.tellLook();
    this.timers = [
      window.setInterval(() => this.lookForLeader(), LOOK),
      window.setInterval(() => void this.forgetClosed(), FORGET_EVERY),
    ];
    document.addEventListener("visibilitychange", this.wake);
  }

  stop() {
    this.ending?.abort();
    this.release?.();
    this.connection?.stop();
    this.connection = null;
    this.channel?.close();
    this.channel = null;
    for (const timer of this.timers) window.clearInterval(timer);
    document.removeEventListener("visibilitychange", this.wake);
  }

  /** Connects again after the person has signed in anew. */
  again() {
    this.connection?.again();
  }

  /** Asks for the messages of a conversation; returns a function that ends it. */
  open(conversation: string): () => void {
    this.opened.push(conversation);
    this.tellWants();
    return () => {
      this.opened.splice(this.opened.indexOf(conversation), 1);
      this.tellWants();
    };
  }

  /** Asks for frames of a broadcast or a flow: `broadcast:<id>`; returns a function that ends it. */
  see(what: string): () => void {
    this.seen.add(what);
    this.tellWants();
    return () => {
      this.seen.delete(what);
      this.tellWants();
    };
  }

  /** Says which conversation somebody looks at in this tab; empty: none. */
  look(conversation: string) {
    if (this.looksAt === conversation) return;
    this.looksAt = conversation;
    this.tellLook();
  }

  /** Says whether somebody looks at a conversation in any tab of this browser; the tab that leads knows it. */
  isInSight(conversation: string): boolean {
    return [this.looksAt, ...this.othersLook.values()].includes(conversation);
  }

  typing(conversation: string) {
    if (this.connection) this.connection.typing(conversation);
    else this.post({ kind: "typing", conversation });
  }

  private candidate(steal: boolean) {
    const options = steal ? { steal } : { signal: this.ending?.signal as AbortSignal };
    navigator.locks
      .request(`parley-live-${this.workspace}`, options, () => {
        if (!this.channel) return;
        this.lead();
        return new Promise<void>((resolve) => {
          this.release = resolve;
        });
      })
      .catch(() => this.lostLead());
  }

  private lead() {
    if (this.connection) return;
    this.handlers.onLeads(true);
    const connection = new LiveConnection(this.workspace, {
      ...this.handlers,
      onFrame: (frame) => {
        this.handlers.onFrame(frame);
        if (frame.type === "ready" && this.fetchWhenReady) this.fetchNow();
        if (frame.cursor) this.cursor = frame.cursor;
        if (frame.type === "viewing") this.lastViewing.set(frame.data.conversation, frame);
        this.post({ kind: "frame", frame });
      },
      onState: (state) => {
        this.show(state);
        this.tellState();
      },
      onResync: () => {
        this.handlers.onResync();
        this.post({ kind: "resync" });
      },
    });
    this.connection = connection;
    connection.want(this.allWants());
    this.post({ kind: "leads" });
    this.begin(connection, Date.now() + FIRST_ANSWER_WITHIN);
  }

  /** Connects as soon as the first answer has said where it was read, or soon without. */
  private begin(connection: LiveConnection, latest: number) {
    if (this.connection !== connection) return;
    const first = this.handlers.firstCursor();
    if (this.cursor) connection.start(this.cursor);
    else if (first.cursor || Date.now() >= latest) {
      this.fetchWhenReady = first.unsure;
      connection.start(first.cursor);
    } else window.setTimeout(() => this.begin(connection, latest), LOOK_FOR_FIRST);
  }

  private fetchNow() {
    this.fetchWhenReady = false;
    this.handlers.onResync();
  }

  /** Another tab has taken the connection over, because this one was frozen. */
  private lostLead() {
    if (!this.channel || !this.connection) return;
    this.connection.stop();
    this.connection = null;
    this.handlers.onLeads(false);
    this.heard = Date.now();
    this.othersLook.clear();
    this.tellWants();
    this.tellLook();
    this.candidate(false);
  }

  private hear(message: Message) {
    const ofFollower = ["asks", "wants", "looks", "typing"].includes(message.kind);
    if (!ofFollower) this.heard = Date.now(); // only the tab that leads says that there is one
    if (this.connection) this.hearAsLeader(message, this.connection);
    else this.follow(message);
  }

  private hearAsLeader(message: Message, connection: LiveConnection) {
    if (message.kind === "typing") connection.typing(message.conversation);
    else if (message.kind === "looks") this.othersLook.set(message.tab, message.at);
    else if (message.kind === "asks") {
      connection.look(true);
      this.tellState();
    } else if (message.kind === "wants") {
      const before = this.allWants().open;
      this.others.set(message.tab, message.wants);
      connection.want(this.allWants());
      this.tellState();
      for (const conversation of message.wants.open)
        if (before.includes(conversation)) this.tellOpened(conversation);
    }
  }

  private follow(message: Message) {
    if (message.kind === "frame") {
      this.handlers.onFrame(message.frame);
      if (message.frame.cursor) this.cursor = message.frame.cursor;
    } else if (message.kind === "state") {
      this.show(message.state);
      this.cursor ??= message.cursor;
    } else if (message.kind === "resync") this.handlers.onResync();
    else if (message.kind === "leads") {
      this.tellWants();
      this.tellLook();
    }
  }

  /** The server says `opened` and who is there only once; a tab that comes later is told again. */
  private tellOpened(conversation: string) {
    this.post({ kind: "frame", frame: { type: "opened", conversation } });
    const viewing = this.lastViewing.get(conversation);
    if (viewing) this.post({ kind: "frame", frame: viewing });
  }

  /** A hidden tab does not ask: the one that leads has the usual time to answer from now on. */
  private readonly wake = () => {
    this.heard = Math.max(this.heard, Date.now() - ASK_AFTER);
    this.lookForLeader();
  };

  private readonly lookForLeader = () => {
    if (this.connection || document.visibilityState === "hidden") return;
    const silent = Date.now() - this.heard;
    if (silent >= ASK_AFTER) this.post({ kind: "asks" });
    if (silent >= NOT_LIVE_AFTER) this.show("polling");
    if (silent < TAKE_OVER_AFTER) return;
    this.heard = Date.now();
    this.candidate(true);
  };

  private async forgetClosed() {
    if (!this.connection || !(this.others.size || this.othersLook.size)) return;
    const { held = [] } = await navigator.locks.query();
    const tabs = new Set(held.map((lock) => lock.name));
    for (const tab of this.others.keys()) if (!tabs.has(`parley-tab-${tab}`)) this.others.delete(tab);
    for (const tab of this.othersLook.keys()) if (!tabs.has(`parley-tab-${tab}`)) this.othersLook.delete(tab);
    this.connection?.want(this.allWants());
  }

  private tellWants() {
    if (this.connection) this.connection.want(this.allWants());
    else this.post({ kind: "wants", tab: this.tab, wants: this.ownWants() });
  }

  private tellLook() {
    if (!this.connection) this.post({ kind: "looks", tab: this.tab, at: this.looksAt });
  }

  private ownWants = (): Wants => ({ see: [...this.seen], open: [...new Set(this.opened)] });

  private allWants(): Wants {
    const all = [this.ownWants(), ...this.others.values()];
    const open = [...new Set(all.flatMap((one) => one.open))].slice(0, 20);
    return { see: [...new Set(all.flatMap((one) => one.see))].slice(0, 50), open };
  }

  private tellState() {
    this.post({ kind: "state", state: this.state, cursor: this.cursor });
  }

  private show(state: LiveState) {
    if (this.state === state) return;
    this.state = state;
    this.handlers.onState(state);
  }

  private post(message: Message) {
    this.channel?.postMessage(message);
  }

  private readonly untilEnd = () =>
    new Promise<void>((resolve) => this.ending?.signal.addEventListener("abort", () => resolve()));
}

const ignore = () => {};
