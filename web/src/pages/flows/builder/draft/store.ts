import { newKey } from "../../../../api/client";
import { ProblemError } from "../../../../api/problem";
import type { DraftApi } from "./api";
import { keeping } from "./keeping";
import { redrawn } from "./optimistic";
import { afterRefusal, effective, MOST_OPERATIONS, type Work } from "./queue";
import {
  type Conflict,
  type Draft,
  type DraftView,
  type Graph,
  isValues,
  type Operation,
  type Refusal,
  samePath,
  type TheirText,
  type Values,
} from "./types";
import type { UnsentEdits } from "./unsent";
import { applied } from "./values";

const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
const EMPTY: Graph = { start: "", steps: [], edges: [] };

/**
 * The draft of a flow that is being edited. Edits count on the page at once and are sent one after the other, each for
 * the text that the answer before it had. Without an answer they are kept and sent again; none is dropped unseen.
 */
export class DraftStore {
  private draft: Draft;
  private good: { model: Values; graph: Graph };
  private drawn: { good: object; ops: readonly Operation[]; model: Values; graph: Graph } | null = null;
  private queue: Work[] = [];
  private inFlight = false;
  private tried = 0;
  private timer = 0;
  private begun = false;
  private taken = 0;
  private away = false;
  private refusal: Refusal | null = null;
  private conflict: Conflict | null = null;
  private typed: string | null = null;
  private readonly typing = new Set<object>();
  private view!: DraftView;
  private readonly listeners = new Set<() => void>();
  private readonly refusedListeners = new Set<(refusal: Refusal, work: Work) => void>();

  constructor(
    private readonly api: DraftApi,
    draft: Draft,
    private readonly unsent?: UnsentEdits,
  ) {
    this.draft = draft;
    this.good = { model: {}, graph: EMPTY };
    this.noteGood();
    const kept = unsent?.read();
    if (kept) {
      this.queue = kept.works;
      this.tried = 1; // the first one may have been sent before the page was closed
      if (kept.base !== draft.digest) {
        const { base: digest, undo = draft.undo, redo = draft.redo } = kept;
        this.draft = { ...draft, digest, undo, redo };
      }
    }
    this.view = this.viewed();
  }

  /** Begins to send; returns a function that ends it: what waits then is sent once more, and kept if that fails. */
  start(): () => void {
    this.begun = true;
    const now = () => this.sendNow();
    const warn = (event: BeforeUnloadEvent) => this.queue.length > 0 && event.preventDefault();
    window.addEventListener("online", now);
    window.addEventListener("beforeunload", warn);
    void this.pump();
    return () => {
      this.begun = false;
      window.clearTimeout(this.timer);
      window.removeEventListener("online", now);
      window.removeEventListener("beforeunload", warn);
    };
  }

  get = () => this.view;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Calls a listener for each edit that the server refuses. */
  onRefused(listener: (refusal: Refusal, work: Work) => void): () => void {
    this.refusedListeners.add(listener);
    return () => void this.refusedListeners.delete(listener);
  }

  /** Edits by operations: all are done, or none; one undo takes them back. Very many are several edits. */
  apply(...ops: Operation[]) {
    const last = this.waiting();
    const [only] = ops;
    if (last?.kind === "ops" && ops.length === 1 && only && isSameField(last.ops, only)) last.ops = ops;
    else
      for (let at = 0; at < ops.length; at += MOST_OPERATIONS)
        this.queue.push({ key: newKey(), kind: "ops", ops: ops.slice(at, at + MOST_OPERATIONS) });
    this.changed();
  }

  /** Replaces the whole text, as the code pane does. */
  setSource(source: string) {
    const last = this.waiting();
    this.typed = source;
    if (last?.kind === "text") last.source = source;
    else this.queue.push({ key: newKey(), kind: "text", source });
    this.changed();
  }

  undo() {
    if (this.view.canUndo) this.push("undo");
  }

  redo() {
    if (this.view.canRedo) this.push("redo");
  }

  /** Notes whether a field holds words that are no edit yet: the draft is not called saved meanwhile. */
  holds(field: object, unsent: boolean) {
    if (unsent === this.typing.has(field)) return;
    if (unsent) this.typing.add(field);
    else this.typing.delete(field);
    this.tell();
  }

  dismissRefusal() {
    this.refusal = null;
    this.tell();
  }

  /** Sends what waits for the console to answer again. */
  sendNow() {
    window.clearTimeout(this.timer);
    void this.pump();
  }

  /** Reads the draft anew if nothing waits: somebody else may have edited it. */
  async refresh() {
    if (this.queue.length || this.conflict) return;
    const { taken } = this;
    const found = await this.api.read().catch(() => null);
    // An edit may have been made and answered since: this answer is older than that one then.
    if (found && taken === this.taken && !this.queue.length && !this.conflict) this.take(found);
  }

  /** Ends a conflict with their text: one's own edits that were not saved are gone. */
  async takeTheirs() {
    const found = await this.api.read();
    this.queue = [];
    this.typed = null;
    this.conflict = null;
    this.take(found);
  }

  /** Ends a conflict with another text, made for theirs: one's own, or one made of both. */
  takeText(source: string) {
    const [, ...rest] = this.queue;
    if (this.typed !== null && !rest.some((work) => work.kind === "text")) this.typed = source;
    this.overTheirs([{ key: newKey(), kind: "text", source }, ...rest]);
  }

  /** Says whether one's own edits can be made in their text: none of them is a text. */
  get mayTakeBoth(): boolean {
    return !this.queue.some((work) => work.kind === "text") && effective(this.queue).length > 0;
  }

  /** Ends a conflict by making one's own edits in their text; what does not fit there is refused with its reason. */
  takeBoth() {
    if (!this.mayTakeBoth) return;
    const edits = effective(this.queue).map((one): Work => ({ key: newKey(), kind: "ops", ops: [one] }));
    this.overTheirs(edits);
  }

  private overTheirs(queue: Work[]) {
    const { conflict } = this;
    if (!conflict) return;
    this.draft = { ...this.draft, digest: conflict.theirs.digest };
    this.queue = queue;
    this.conflict = null;
    this.tried = 0;
    this.changed();
  }

  private push(kind: "undo" | "redo") {
    this.queue.push({ key: newKey(), kind });
    this.typed = null;
    this.changed();
  }

  /** Returns the last edit if it was not sent yet. */
  private waiting(): Work | undefined {
    return this.queue.length > (this.inFlight || this.tried > 0 ? 1 : 0) ? this.queue.at(-1) : undefined;
  }

  private changed() {
    this.refusal = null;
    this.tell();
    void this.pump();
  }

  private async pump() {
    if (this.inFlight) return;
    this.inFlight = true;
    try {
      for (let work = this.queue[0]; work && !this.conflict; work = this.queue[0]) {
        if (!(await this.sent(work))) break;
      }
    } finally {
      this.inFlight = false;
      this.tell();
    }
  }

  /** Sends an edit; returns whether the next one may follow. */
  private async sent(work: Work): Promise<boolean> {
    this.tell();
    try {
      const found = await this.request(work);
      this.done(work);
      this.take(found);
      return true;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.temporary || error.status === 401) return this.later(error);
      if (error.problem === "conflict") return this.conflicts(work, error);
      return this.refused(work, error);
    }
  }

  private request(work: Work): Promise<Draft> {
    const base = this.draft.digest;
    if (work.kind === "ops") return this.api.edit(base, work.ops, work.key);
    if (work.kind === "text") return this.api.replace(base, work.source, work.key);
    return work.kind === "undo" ? this.api.undo(base, work.key) : this.api.redo(base, work.key);
  }

  private later(error: ProblemError): boolean {
    const pause = PAUSES[Math.min(this.tried, PAUSES.length - 1)] ?? 1_000;
    this.tried += 1;
    this.away = true;
    window.clearTimeout(this.timer);
    if (!this.begun) return false;
    this.timer = window.setTimeout(
      () => void this.pump(),
      error.retryAfter ? error.retryAfter * 1_000 : pause,
    );
    return false;
  }

  private async conflicts(work: Work, error: ProblemError): Promise<boolean> {
    const again =
      this.tried > 0 && (work.kind === "undo" || work.kind === "redo") && (await this.wasDone(work));
    if (again) return true;
    this.conflict = {
      why: error.detail,
      theirs: error.more.theirs as TheirText,
      yours: typeof error.more.yours === "string" ? error.more.yours : null,
    };
    this.away = false;
    return false;
  }

  /** Returns whether an undo or redo whose answer was lost has been carried out; takes the draft then. */
  private async wasDone(work: Work): Promise<boolean> {
    const found = await this.api.read().catch(() => null);
    const step = work.kind === "undo" ? -1 : 1;
    if (!found || found.undo !== this.draft.undo + step || found.redo !== this.draft.redo - step)
      return false;
    this.done(work);
    this.take(found);
    return true;
  }

  private refused(work: Work, error: ProblemError): boolean {
    const line = typeof error.more.line === "number" ? error.more.line : null;
    const said = error.detail || error.fields.map((one) => one.message).join("\n") || error.message;
    this.refusal = { why: said, line, request: error.request };
    const at = this.queue.indexOf(work);
    this.queue = [...this.queue.slice(0, at + 1), ...afterRefusal(this.queue.slice(at + 1))];
    this.done(work);
    for (const listener of this.refusedListeners) listener(this.refusal, work);
    return true;
  }

  private done(work: Work) {
    this.queue = this.queue.filter((one) => one !== work);
    this.tried = 0;
    this.away = false;
    if (work.kind === "text" && this.typed === work.source && !this.refusal) this.typed = null;
  }

  private take(draft: Draft) {
    this.taken += 1;
    this.draft = draft;
    this.noteGood();
    this.tell();
  }

  private noteGood() {
    const { model, graph } = this.draft;
    if (!isValues(model) || !graph) return;
    // Nothing shows the lines of edges; without them, a new line leaves all edges below it the same.
    this.good = { model, graph: { ...graph, edges: graph.edges.map((edge) => ({ ...edge, line: 0 })) } };
  }

  /** Returns what is shown with the edits that are not answered; all that is equal to what was shown is the same object. */
  private drawing() {
    const { good, drawn } = this;
    const ops = effective(this.queue);
    const same = ops.length === drawn?.ops.length && ops.every((one, place) => one === drawn.ops[place]);
    if (drawn?.good === good && same) return drawn;
    const model = keeping(drawn?.model, ops.reduce(applied, good.model));
    const graph = keeping(drawn?.graph, ops.reduce(redrawn, good.graph));
    this.drawn = { good, ops, model, graph };
    return this.drawn;
  }

  private tell() {
    this.unsent?.keep(this.draft, this.queue);
    this.view = this.viewed();
    for (const listener of this.listeners) listener();
  }

  private viewed(): DraftView {
    const { draft, queue } = this;
    const { model, graph } = this.drawing();
    const edits = queue.filter((work) => work.kind === "ops" || work.kind === "text").length;
    const back = queue.filter((work) => work.kind === "undo").length;
    const forth = queue.filter((work) => work.kind === "redo").length;
    return {
      draft,
      source: this.typed ?? draft.source,
      model,
      graph,
      stale: draft.graph === null || !isValues(draft.model),
      problems: keeping(this.view?.problems, draft.problems),
      warnings: keeping(this.view?.warnings, draft.warnings),
      state: this.state(),
      refusal: this.refusal,
      conflict: this.conflict,
      pending: queue.length,
      canUndo: draft.undo + edits + forth - back > 0,
      canRedo: edits === 0 && draft.redo + back - forth > 0,
    };
  }

  private state() {
    if (this.conflict) return "conflict";
    if (this.away) return "offline";
    if (this.queue.length || this.typing.size) return "saving";
    return this.refusal ? "refused" : "saved";
  }
}

/** Returns whether an operation sets again what the only one of an edit sets, as typing does. */
function isSameField(before: Operation[], next: Operation): boolean {
  const [only] = before;
  return before.length === 1 && only?.op === "set" && next.op === "set" && samePath(only.path, next.path);
}
