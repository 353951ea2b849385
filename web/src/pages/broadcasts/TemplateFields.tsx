import { Stack, TextInput } from "@mantine/core";
import { useTexts } from "../../texts";
import { type Template, variablesOf } from "../templates/definition";
import type { Draft } from "./draft";

type Props = { template: Template; draft: Draft; set: (part: Partial<Draft>) => void };

/** The values that a template needs: texts, which may have the customer's data, and a file. */
export function TemplateFields({ template, draft, set }: Props) {
  const { broadcasts, templates } = useTexts();
  const names = variablesOf(template.body);
  const hasFile = ["image", "video", "document"].includes(template.header);
  return (
    <Stack>
      {hasFile && (
        <TextInput
          label={broadcasts.media(templates.files[template.header as "image"])}
          description={broadcasts.mediaText}
          type="url"
          pattern="https://.+"
          value={draft.media}
          onChange={(event) => set({ media: event.currentTarget.value })}
        />
      )}
      {variablesOf(template.header_text).length > 0 && (
        <TextInput
          label={templates.headerValue}
          value={draft.header}
          onChange={(event) => set({ header: event.currentTarget.value })}
        />
      )}
      {names.map((name, place) => (
        <TextInput
          key={name}
          label={templates.value(name)}
          placeholder="{{ customer.name }}"
          description={place === 0 ? broadcasts.valuesText : undefined}
          value={draft.parameters[place] ?? ""}
          onChange={(event) => {
            const parameters = names.map((_, at) => draft.parameters[at] ?? "");
            set({ parameters: parameters.with(place, event.currentTarget.value) });
          }}
        />
      ))}
      {template.buttons.map(
        (button, place) =>
          button.variable && (
            <TextInput
              // Buttons have no other identity than their place.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              key={place}
              label={broadcasts.button(place + 1, templates.buttons(button.kind))}
              value={draft.buttons[place] ?? ""}
              onChange={(event) => set({ buttons: { ...draft.buttons, [place]: event.currentTarget.value } })}
            />
          ),
      )}
    </Stack>
  );
}
