import { answer, api } from "../../../../api/client";
import { readLayout, type StoredLayout } from "../opening";

export type Position = { x: number; y: number };

const SAVED_AFTER = 800;
const AGAIN_AFTER = 5_000;

/** The name of the start in the stored positions; no step can have it. */
export const START = ".start";

/** The places of the steps on the canvas. Kept by name, also of steps that are gone, so that undo finds them again. */
export class LayoutStore {
  private readonly positions = new Map<string, Position>();
  private readonly moved = new Set<string>(); // by the person
  private collapsed: string[] = [];
  private readonly listeners = new Set<() => void>();
  private timer = 0;
  private loading = 0;
  private complete = false;
  private stopped = false;
  private names: readonly string[] = [];
  private unsaved = false;
  private version = 0;
  loaded = false;

  constructor(
    private readonly load: () => Promise<StoredLayout>,
    private readonly save: (layout: StoredLayout) => Promise<unknown>,
  ) {}

  /** Loads the stored places. Until they can be had, steps stand where they are put, and none of it is stored over them. */
  async start() {
    this.stopped = false;
    const found = await this.load().catch(() => null);
    if (found) this.take(found);
    else if (!this.stopped) this.loading = window.setTimeout(() => void this.start(), AGAIN_AFTER);
    this.loaded = true;
    this.tell();
  }

  /** Ends loading, and saves at once what was moved, as when the page is left. */
  stop(save: boolean) {
    this.stopped = true;
    window.clearTimeout(this.timer);
    window.clearTimeout(this.loading);
    if (save && this.unsaved && this.complete) void this.put();
  }

  at = (name: string): Position | undefined => this.positions.get(name);

  get = () => this.version;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Says which steps there are: only they are stored. */
  known(names: readonly string[]) {
    this.names = names;
  }

  /** Moves steps as the person wants it; stored soon. */
  move(moved: ReadonlyMap<string, Position>) {
    this.place(moved);
    for (const name of moved.keys()) this.moved.add(name);
    this.later(SAVED_AFTER);
    this.tell();
  }

  /** Gives places to steps that have none yet; stored with the next move. */
  place(places: ReadonlyMap<string, Position>) {
    for (const [name, { x, y }] of places) this.positions.set(name, { x: Math.round(x), y: Math.round(y) });
  }

  rename(from: string, to: string) {
    const position = this.positions.get(from);
    if (position) this.move(new Map([[to, position]]));
  }

  private take(stored: StoredLayout) {
    for (const [name, [x, y]] of Object.entries(stored.positions)) {
      if (!this.moved.has(name)) this.positions.set(name, { x, y });
    }
    this.collapsed = stored.collapsed;
    this.complete = true;
  }

  private later(wait: number) {
    this.unsaved = true;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.put(), wait);
  }

  private async put() {
    if (!this.complete) return this.later(AGAIN_AFTER);
    this.unsaved = false;
    const stored = [START, ...this.names].flatMap((name) => {
      const position = this.positions.get(name);
      return position ? [[name, [position.x, position.y]] as const] : [];
    });
    try {
      await this.save({
        positions: Object.fromEntries(stored) as StoredLayout["positions"],
        collapsed: this.collapsed,
      });
    } catch {
      this.later(AGAIN_AFTER);
    }
  }

  private tell() {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

/** Returns the store of one flow's positions. */
export function layoutStore(workspace: string, name: string): LayoutStore {
  const params = { path: { workspace, name } };
  return new LayoutStore(
    () => readLayout(workspace, name),
    (body) => answer(api.PUT("/api/v1/workspaces/{workspace}/flows/{name}/layout", { params, body })),
  );
}
