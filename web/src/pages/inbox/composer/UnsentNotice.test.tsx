import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { textContent } from "./openKeys";
import { UnsentNotice } from "./UnsentNotice";
import type { Unsent } from "./useSend";

vi.mock("../conversation/useNames", () => ({ useNames: () => () => "Ben" }));

const calls = { onDismiss: vi.fn(), onTakeOver: vi.fn(), onAgain: vi.fn() };

function notice(unsent: Partial<Unsent>, isSame: boolean) {
  const wanted = { content: textContent("A"), text: "A", guard: "" };
  const whole = { intent: "key", wanted, error: null, reason: "taken-by", by: "ben", ...unsent };
  render(
    <MantineProvider env="test">
      <UnsentNotice unsent={whole} isSame={isSame} busy={false} {...calls} />
    </MantineProvider>,
  );
}

beforeEach(() => {
  for (const call of Object.values(calls)) call.mockClear();
});

test("what is taken over and sent is what the composer shows", () => {
  notice({}, true);
  fireEvent.click(screen.getByRole("button", { name: "Take over and send" }));
  expect(calls.onTakeOver).toHaveBeenCalledTimes(1);
});

test("a text that was changed since is sent by the composer alone", () => {
  notice({}, false);
  expect(screen.queryByRole("button", { name: "Take over and send" })).toBeNull();
});

test("a file that got no answer can be sent again", () => {
  const content = {
    type: "media",
    kind: "image",
    url: "",
    media_id: "m",
    caption: "",
    filename: "",
  } as const;
  notice({ wanted: { content, text: "Our shop", guard: "" }, reason: "no-answer" }, true);
  expect(screen.getByText("Our shop")).toBeInTheDocument();
  fireEvent.click(screen.getByRole("button", { name: "Send again" }));
  expect(calls.onAgain).toHaveBeenCalledTimes(1);
});
