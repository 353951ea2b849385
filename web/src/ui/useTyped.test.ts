import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { useSelection } from "./DataTable";
import { useTyped } from "./useTyped";

function field(shown: string) {
  const asked: string[] = [];
  const hook = renderHook(({ shown }) => useTyped(shown, (text) => asked.push(text)), {
    initialProps: { shown },
  });
  return { ...hook, asked };
}

test("a filter's field follows the address, also back to what was typed before", () => {
  const { result, rerender, asked } = field("");
  act(() => result.current.setText("ada"));
  act(() => result.current.commit("ada"));
  rerender({ shown: "ada" });
  expect([result.current.text, asked]).toEqual(["ada", ["ada"]]);
  rerender({ shown: "" });
  expect(result.current.text).toBe("");
  rerender({ shown: "ada" });
  expect(result.current.text).toBe("ada");
});

test("what is typed on while the address changes stays in the field", () => {
  const { result, rerender } = field("");
  act(() => result.current.setText("ada "));
  act(() => result.current.commit("ada "));
  act(() => result.current.setText("ada o"));
  rerender({ shown: "ada" });
  expect(result.current.text).toBe("ada o");
});

test("rows that a filter hides are no longer selected", () => {
  const { result, rerender } = renderHook(({ of }) => useSelection(of), { initialProps: { of: "all" } });
  act(() => result.current.toggle("ada", false, ["ada"]));
  rerender({ of: "all" });
  expect([...result.current.keys]).toEqual(["ada"]);
  rerender({ of: "vip" });
  expect([...result.current.keys]).toEqual([]);
});
