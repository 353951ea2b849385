import type { Work } from "./store";

/** base: the digest of the text that the first edit is for. */
export type Kept = { base: string; works: Work[] };

/** Keeps edits in this browser that the console has not answered, so that closing the page loses none. */
export class UnsentEdits {
  private readonly place: string;

  constructor(workspace: string, person: string, flow: string) {
    this.place = `parley.flow.${workspace}.${person}.${flow}`;
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
  keep(base: string, works: readonly Work[]) {
    try {
      if (works.length) localStorage.setItem(this.place, JSON.stringify({ base, works }));
      else localStorage.removeItem(this.place);
    } catch {
      // see above
    }
  }
}
