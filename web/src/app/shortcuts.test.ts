import { fireEvent, renderHook } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { SINGLE_KEYS, useShortcuts } from "./shortcuts";

afterEach(() => localStorage.clear());

function pressed(...keys: KeyboardEventInit[]): string[] {
  const acted: string[] = [];
  const note = (event: KeyboardEvent) => void acted.push(event.key);
  renderHook(() => useShortcuts({ e: note, "?": note, Escape: note, "mod+k": note }));
  for (const key of keys) fireEvent.keyDown(document.body, key);
  return acted;
}

const ALL = [{ key: "e" }, { key: "?" }, { key: "Escape" }, { key: "k", ctrlKey: true }];

test("single letters and signs act until they are turned off; other keys go on", () => {
  expect(pressed(...ALL)).toEqual(["e", "?", "Escape", "k"]);
});

test("single letters and signs that are turned off do nothing", () => {
  localStorage.setItem(SINGLE_KEYS, "false");
  expect(pressed(...ALL)).toEqual(["Escape", "k"]);
});

test("a key of an input method is no shortcut", () => {
  expect(pressed({ key: "e", keyCode: 229 })).toEqual([]);
});
