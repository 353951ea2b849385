import { expect, test } from "vitest";
import { en } from "../../../texts/en";
import { es } from "../../../texts/es";
import { queuedCalls } from "./queuedCalls";

const format = { number: (value: number) => value.toLocaleString("en") };

test("calls that wait are told exactly below a thousand", () => {
  expect(queuedCalls(999, en.webhooks, format)).toBe("Waiting: 999.");
  expect(queuedCalls(1000, en.webhooks, format)).toBe("Waiting: 1,000 or more.");
  expect(queuedCalls(1000, es.webhooks, format)).toBe("En espera: 1,000 o más.");
});
