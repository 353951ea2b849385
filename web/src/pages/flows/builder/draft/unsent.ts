import type { Work } from "./queue";

/** The draft that the first edit is for. undo, redo: how many edits could be taken back and done again. */
type Base = { digest: string; undo: number; redo: number };

/** Edits without an answer. base: the digest of the text that the first one is for. undo, redo: of that draft. */
export type Kept = { base: string; undo?: number; redo?: number; works: Work[] };

const SLOTS = 10;

/**
 * Keeps edits in this browser that the console has not answered, so that closing the page loses none. Each window of a flow
 * has a slot of its own: windows neither send each other's edits nor forget them.
 */
export class UnsentEdits {
  private constructor(
    private readonly place: string,
    private readonly free: () => void = () => {},
  ) {}

  /** Takes a slot for this window, first one with edits of a window that was closed; it is given back by `release`. */
  static async claim(workspace: string, person: string, flow: string): Promise<UnsentEdits> {
    const place = `parley.flow.${workspace}.${person}.${flow}`;
    const slots = Array.from({ length: SLOTS }, (_, slot) => (slot ? `${place}.${slot}` : place));
    const order = [...slots.filter(has), ...slots.filter((slot) => !has(slot))];
    for (const slot of navigator.locks ? order : []) {
      const free = await locked(slot);
      if (free) return new UnsentEdits(slot, free);
    }
    return new UnsentEdits(place);
  }

  /** Gives the slot back; edits that are kept in it wait for the next window. */
  release() {
    this.free();
  }

  read(): Kept | null {
    try {
      const found = JSON.parse(localStorage.getItem(this.place) ?? "null") as Kept | null;
      return typeof found?.base === "string" && Array.isArray(found.works) && found.works.length
        ? found
        : null;
    } catch {
      return null;
    }
  }

  /** Keeps the edits; none: forgets them. Storage may be full or forbidden: then the page alone keeps them. */
  keep({ digest, undo, redo }: Base, works: readonly Work[]) {
    const kept = { base: digest, undo, redo, works };
    try {
      if (works.length) localStorage.setItem(this.place, JSON.stringify(kept));
      else localStorage.removeItem(this.place);
    } catch {
      // see above
    }
  }
}

function has(slot: string): boolean {
  try {
    return localStorage.getItem(slot) !== null;
  } catch {
    return false;
  }
}

/** Holds the lock of a name; returns what frees it, null if another window has it. */
function locked(name: string): Promise<(() => void) | null> {
  return new Promise((found) => {
    void navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return found(null);
        return new Promise<void>((free) => found(free));
      })
      .catch(() => found(null));
  });
}
