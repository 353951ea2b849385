import { MantineProvider, MultiSelect, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { FormModal } from "./FormModal";

const close = vi.fn();
beforeEach(() => vi.clearAllMocks());

const FIRST = { language: "en", tags: ["new"], tools: ["faq"], answered: false, rows: [] as string[] };

function Form() {
  const [values, setValues] = useState(FIRST);
  const set = (part: Partial<typeof FIRST>) => setValues({ ...values, ...part });
  return (
    <FormModal
      opened
      onClose={close}
      title="New question"
      closeButtonProps={{ "aria-label": "Close" }}
      values={values}
    >
      <TextInput label="Question" />
      <Select
        label="Language"
        data={["en", "es"]}
        value={values.language}
        onChange={(language) => set({ language: language ?? "" })}
        comboboxProps={{ withinPortal: false }}
      />
      <TagsInput label="Tags" value={values.tags} onChange={(tags) => set({ tags })} />
      <MultiSelect label="Tools" data={["faq"]} value={values.tools} onChange={(tools) => set({ tools })} />
      <Switch
        label="Answered"
        checked={values.answered}
        onChange={(event) => set({ answered: event.currentTarget.checked })}
      />
      <button type="button" onClick={() => set({ rows: [...values.rows, ""] })}>
        Add a row
      </button>
      <button type="button" onClick={() => set({ rows: [] })}>
        Remove the row
      </button>
    </FormModal>
  );
}

const show = () =>
  render(
    <MantineProvider env="test">
      <Form />
    </MantineProvider>,
  );
const field = () => screen.getByRole("textbox", { name: "Question" });
const pressEscape = () => fireEvent.keyDown(field(), { key: "Escape" });
const clickBeside = () => fireEvent.click(document.querySelector(".mantine-Modal-overlay") as Element);
const removePill = (label: string) => {
  const inputs = screen.getByLabelText(label, { selector: "input" });
  fireEvent.keyDown(inputs, { key: "Backspace" });
};

const CHANGES: [string, () => void][] = [
  ["typed text", () => fireEvent.input(field(), { target: { value: "When are you open?" } })],
  [
    "another choice",
    () => {
      fireEvent.click(screen.getByRole("combobox", { name: "Language" }));
      fireEvent.click(screen.getByRole("option", { name: "es" }));
    },
  ],
  ["a removed tag", () => removePill("Tags")],
  ["a removed choice of several", () => removePill("Tools")],
  ["a toggled switch", () => fireEvent.click(screen.getByRole("switch"))],
  ["an added row", () => fireEvent.click(screen.getByText("Add a row"))],
];

test("Escape and a click beside a form close it while nothing is changed", () => {
  show();
  pressEscape();
  clickBeside();
  expect(close).toHaveBeenCalledTimes(2);
});

test.each(CHANGES)(
  "neither Escape nor a click beside the form takes away %s; the button does",
  (_, change) => {
    show();
    change();
    pressEscape();
    clickBeside();
    expect(close).not.toHaveBeenCalled();
    fireEvent.click(screen.getByLabelText("Close"));
    expect(close).toHaveBeenCalledOnce();
  },
);

test("a form whose change was taken back closes by Escape", () => {
  show();
  fireEvent.click(screen.getByText("Add a row"));
  fireEvent.click(screen.getByText("Remove the row"));
  pressEscape();
  expect(close).toHaveBeenCalledOnce();
});
