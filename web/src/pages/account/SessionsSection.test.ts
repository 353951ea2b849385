import { expect, test } from "vitest";
import { en } from "../../texts/en";
import { deviceOf } from "./SessionsSection";

test.each([
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/149.0 Safari/537.36 Edg/149.0", "Edge, Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604.1", "Safari, iPhone"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0", "Firefox, Linux"],
  ["curl/8.5.0", "curl/8.5.0"],
  ["", "Unknown program"],
])("%s is shown as %s", (agent, words) => {
  expect(deviceOf(agent, en.account)).toBe(words);
});
