import type { Texts } from "../../../texts";
import type { Delivery } from "./timeline";

/** The progress of a message of ours, for people. mark: the sign. why: of a failure; advice: what to do about it. */
export type Progress = {
  mark: "clock" | "one" | "two" | "read" | "failed" | "held";
  words: string;
  why: string;
  advice: string;
  code: string;
  warnings: string[];
  canRetry: boolean;
};

/** Returns the words for the progress of a message. time: writes a time in the workspace's zone. */
export function progressOf(
  delivery: Delivery,
  { conversation: t }: Texts,
  time: (at: string) => string,
): Progress {
  const failed = delivery.state === "failed";
  return {
    ...markOf(delivery, t, time),
    why:
      failed || delivery.state === "held" ? [delivery.title, delivery.detail].filter(Boolean).join(": ") : "",
    advice: failed ? adviceOf(delivery, t) : "",
    code: delivery.code ?? "",
    warnings: [
      ...(delivery.possible_duplicate ? [t.twice] : []),
      ...(delivery.sent_as ? [t.sentAs(delivery.sent_as)] : []),
    ],
    canRetry: failed && Boolean(delivery.can_retry),
  };
}

type Words = Texts["conversation"];

function markOf(
  delivery: Delivery,
  t: Words,
  time: (at: string) => string,
): Pick<Progress, "mark" | "words"> {
  switch (delivery.state) {
    case "queued":
      return { mark: "clock", words: t.queued };
    case "sending":
      return { mark: "clock", words: t.sending };
    case "waiting":
      return {
        mark: "clock",
        words: delivery.not_before ? t.waiting(time(delivery.not_before)) : t.waitingSoon,
      };
    case "held":
      return { mark: "held", words: t.held };
    case "delivered":
      return { mark: "two", words: t.delivered };
    case "read":
      return { mark: "read", words: t.read };
    case "played":
      return { mark: "read", words: t.played };
    case "deleted":
      return { mark: "two", words: t.deleted };
    case "failed":
      return { mark: "failed", words: failureOf(delivery, t) };
    default:
      return { mark: "one", words: t.sent };
  }
}

/** Returns the words for a failure. A message in doubt may be with the customer, who must not get it twice. */
function failureOf(delivery: Delivery, t: Words): string {
  if (wasTaken(delivery)) return t.failedAt;
  return delivery.reason === "in_doubt" ? t.inDoubt : t.failed;
}

/** Says whether the provider had taken the message before it failed. */
function wasTaken(delivery: Delivery): boolean {
  return Boolean(delivery.statuses?.some((one) => one.status === "sent" || one.status === "failed"));
}

function adviceOf(delivery: Delivery, t: Words): string {
  const known: Record<string, string> = {
    send_rejected: t.reasonRejected,
    in_doubt: t.reasonInDoubt,
    window_closed: t.reasonWindow,
    send_exhausted: t.reasonExhausted,
  };
  const settled = delivery.reason === "in_doubt" && wasTaken(delivery);
  const found = settled ? "" : (known[delivery.reason ?? ""] ?? delivery.advice);
  return found || (wasTaken(delivery) ? t.reasonUndeliverable : t.reasonUnknown);
}
