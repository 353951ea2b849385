import { beforeEach, expect, test } from "vitest";
import { LocalTexts } from "../pages/inbox/composer/outbox";
import { forgetOwn, ownPlace } from "./own";
import { noteRecent, readRecent } from "./recent";
import { signedIn, signedOut } from "./sessionChange";

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

test("the next person at a tab sees no conversations of the one before", () => {
  noteRecent("acme", "ann", { id: "c1", name: "Ada Obi" });
  expect(readRecent("acme", "ben")).toEqual([]);
  expect(readRecent("acme", "ann")).toEqual([{ id: "c1", name: "Ada Obi" }]);
});

test("signing out removes what was kept for the person, and nothing else", () => {
  noteRecent("acme", "ann", { id: "c1", name: "Ada Obi" });
  localStorage.setItem(ownPlace("ann", "broadcast.acme"), "{}");
  localStorage.setItem("parley.enter-sends", "true");
  signedOut();
  expect([...Object.keys(sessionStorage), ...Object.keys(localStorage)]).toEqual(["parley.enter-sends"]);
});

test("signing in and out removes what an earlier version kept for whoever came next", () => {
  for (const change of [() => signedIn("ann"), signedOut]) {
    localStorage.setItem("parley.broadcast.acme", '{"recipients": ["+2348031234567"]}');
    sessionStorage.setItem("parley.replay.acme", "{}");
    localStorage.setItem("parley.columns.orders", "{}");
    change();
    expect([...Object.keys(sessionStorage), ...Object.keys(localStorage)]).toEqual(["parley.columns.orders"]);
  }
});

test("signing out removes customers' texts, also as earlier versions kept them", () => {
  const texts = new LocalTexts("acme", "ann", "c1");
  texts.keepDraft({ text: "Dear Ada", replyTo: "", template: null, note: "She is angry", intent: "" });
  texts.keepOutgoing({ intent: "i1", command: "", text: "Dear Ada", note: false });
  localStorage.setItem("parley.draft.acme.ann.c1", "Dear Ada");
  localStorage.setItem("parley.outgoing.acme.ann.c1", "Dear Ada");
  signedOut();
  expect(localStorage).toHaveLength(0);
  texts.keepOutgoing({ intent: "i1", command: "c", text: "Dear Ada", note: false });
  window.dispatchEvent(new Event("pagehide"));
  expect(localStorage).toHaveLength(0);
});

test("signing in removes what was kept for others; the own edits are still there", () => {
  for (const person of ["ann", "ben"]) sessionStorage.setItem(ownPlace(person, "replay.acme"), "{}");
  signedIn("ben");
  expect(Object.keys(sessionStorage)).toEqual([ownPlace("ben", "replay.acme")]);
  forgetOwn();
  expect(sessionStorage).toHaveLength(0);
});
