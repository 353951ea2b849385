import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { useLatest } from "./useSearch";

const { router } = vi.hoisted(() => ({ router: { state: { location: { href: "/inbox" } } } }));

vi.mock("@tanstack/react-router", () => ({ useRouter: () => router }));
vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme" }) }));

function slow() {
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  return { ask: () => asked, answer };
}

beforeEach(() => {
  router.state.location.href = "/inbox";
});

test("only what was asked for last is opened", async () => {
  const { result } = renderHook(() => useLatest());
  const [first, second] = [slow(), slow()];
  const opened: string[] = [];
  const all = [
    result.current(first.ask, () => opened.push("first")),
    result.current(second.ask, () => opened.push("second")),
  ];
  second.answer();
  first.answer();
  await act(() => Promise.all(all));
  expect(opened).toEqual(["second"]);
});

test("a slow answer takes nobody away from where they went meanwhile", async () => {
  const { result, unmount } = renderHook(() => useLatest());
  const [first, second] = [slow(), slow()];
  const goOn = vi.fn();
  const one = result.current(first.ask, goOn);
  router.state.location.href = "/inbox/c2";
  first.answer();
  await act(() => one);
  const other = result.current(second.ask, goOn);
  unmount();
  second.answer();
  await other;
  expect(goOn).not.toHaveBeenCalled();
});
