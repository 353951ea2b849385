import { expect, test } from "vitest";
import { en } from "../../../texts/en";
import { progressOf } from "./progress";
import type { Delivery } from "./timeline";

const time = (at: string) => at.slice(11, 16);
const failedReport = [{ status: "failed", at: "2026-03-01T10:00:00Z" }];

const CASES: [
  string,
  Delivery,
  { words: string; advice?: string; why?: string; code?: string; retry?: boolean; warns?: string },
][] = [
  ["decided and not yet sent", { state: "queued" }, { words: "Queued: it is sent in a moment" }],
  ["given to the provider", { state: "sending" }, { words: "Sending…" }],
  [
    "tried again later",
    { state: "waiting", not_before: "2026-03-01T10:05:00Z" },
    { words: "Waiting: it is tried again at 10:05" },
  ],
  ["tried again soon", { state: "waiting" }, { words: "Waiting: it is tried again soon" }],
  [
    "the channel is stopped",
    { state: "held", title: "The token has expired" },
    { words: "Held: the channel does not send at the moment", why: "The token has expired" },
  ],
  ["taken", { state: "sent" }, { words: "Sent" }],
  [
    "taken after doubt",
    { state: "sent", possible_duplicate: true },
    { words: "Sent", warns: "May have been sent twice" },
  ],
  ["on the phone", { state: "delivered" }, { words: "Delivered" }],
  ["seen", { state: "read" }, { words: "Read" }],
  ["listened to", { state: "played" }, { words: "Played" }],
  [
    "as a template",
    { state: "sent", sent_as: "hello" },
    { words: "Sent", warns: "The 24 hours were over, so the template hello was sent instead" },
  ],
  [
    "refused",
    { state: "failed", reason: "send_rejected", code: "131051", title: "Unsupported message type" },
    {
      words: "Not sent",
      advice: "The provider refused this message. Change it before you send it again.",
      why: "Unsupported message type",
      code: "131051",
      retry: false,
    },
  ],
  [
    "never answered",
    { state: "failed", reason: "in_doubt" },
    {
      words: "Unknown whether it was sent",
      advice: "The provider never said whether it took this message. Ask the customer.",
      retry: false,
    },
  ],
  [
    "never answered, then reported undeliverable",
    { state: "failed", reason: "in_doubt", code: "131026", statuses: failedReport },
    {
      words: "Not delivered",
      advice: "WhatsApp took the message and could not deliver it. The customer may have no WhatsApp.",
      code: "131026",
    },
  ],
  [
    "too late",
    { state: "failed", reason: "window_closed" },
    {
      words: "Not sent",
      advice: "More than 24 hours have passed since the customer wrote. Send a template.",
      retry: false,
    },
  ],
  [
    "provider was away",
    { state: "failed", reason: "send_exhausted", can_retry: true },
    {
      words: "Not sent",
      advice: "The provider could not take this message in time. Send it again.",
      retry: true,
    },
  ],
  [
    "reported undeliverable",
    { state: "failed", code: "131026", title: "Message undeliverable", statuses: failedReport },
    {
      words: "Not delivered",
      advice: "WhatsApp took the message and could not deliver it. The customer may have no WhatsApp.",
      code: "131026",
      retry: false,
    },
  ],
  [
    "unknown reason",
    { state: "failed", reason: "new_reason", advice: "Do this." },
    { words: "Not sent", advice: "Do this.", retry: false },
  ],
  ["unknown state", { state: "new_state" }, { words: "Sent" }],
];

test.each(CASES)("A6: %s", (_, delivery, wanted) => {
  const found = progressOf(delivery, en, time);
  expect(found.words).toBe(wanted.words);
  expect(found.advice).toBe(wanted.advice ?? "");
  expect(found.why).toBe(wanted.why ?? (delivery.state === "failed" ? (delivery.title ?? "") : ""));
  expect(found.code).toBe(wanted.code ?? "");
  expect(found.canRetry).toBe(wanted.retry ?? false);
  expect(found.warnings.join()).toBe(wanted.warns ?? "");
});
