import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { DayField } from "./DayField";

test("a year that is being typed is not yet a day", () => {
  const chosen = vi.fn();
  render(
    <MantineProvider env="test">
      <DayField aria-label="To" value="2026-03-14" onChange={chosen} />
    </MantineProvider>,
  );
  const field = screen.getByLabelText("To");
  for (const typed of ["0002-03-14", "0020-03-14", "0202-03-14"]) {
    fireEvent.change(field, { target: { value: typed } });
    expect(field).toHaveValue(typed);
  }
  expect(chosen).not.toHaveBeenCalled();
  fireEvent.change(field, { target: { value: "2025-03-14" } });
  expect(chosen.mock.calls).toEqual([["2025-03-14"]]);
  fireEvent.blur(field);
  expect(field).toHaveValue("2026-03-14");
});
