import type { Texts } from "../../../texts";
import type { Format } from "../../../time/format";

const MOST_COUNTED = 1000;

/** Says how many calls of a webhook wait; the server counts up to a thousand. */
export const queuedCalls = (count: number, texts: Texts["webhooks"], format: Pick<Format, "number">) =>
  (count < MOST_COUNTED ? texts.queued : texts.queuedOrMore)(format.number(count));
