import { expect, test } from "vitest";
import type { Row } from "../../../live/frames";
import { held, inHeldOrder } from "./stableOrder";

const row = (id: string, at: number) => ({ id, last_inbound_at: new Date(at).toISOString() }) as Row;
const ids = (rows: Row[]) => rows.map((one) => one.id).join("");

test("while somebody has scrolled down nothing moves, and what is new above is counted", () => {
  const order = held([row("a", 30), row("b", 20), row("c", 10)]);
  const { shown, news } = inHeldOrder([row("n", 60), row("c", 50), row("a", 30), row("b", 20)], order);
  expect(ids(shown)).toBe("abc");
  expect(news).toBe(2);
});

test("rows of the next page are added below, and a row that left the list goes", () => {
  const order = held([row("a", 30), row("b", 20)]);
  expect(ids(inHeldOrder([row("a", 30), row("b", 20), row("c", 10)], order).shown)).toBe("abc");
  const { shown, news } = inHeldOrder([row("b", 20), row("c", 10), row("d", 5)], order);
  expect(ids(shown)).toBe("bcd");
  expect(news).toBe(0);
});
