import { Select, Stack, TextInput } from "@mantine/core";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { sendable, type Template, variablesOf } from "../templates/definition";
import { HeaderFileField } from "../templates/HeaderFileField";
import { NO_HEADER_FILE } from "../templates/headerFile";
import { QualityWarning } from "../templates/QualityWarning";
import { type Filling, keyOf, NOTHING } from "./draft";

/** channel: that the broadcast is sent on. */
type Fill = { channel: string; filling: Filling; set: (part: Partial<Filling>) => void };

/** A template of those that can be sent, and what is filled in. */
export function TemplateChoice({
  label,
  templates,
  ...fill
}: Fill & { label: string; templates: readonly Template[] }) {
  const { broadcasts } = useTexts();
  const template = templates.find((one) => keyOf(one) === fill.filling.template);
  return (
    <>
      <Select
        label={label}
        searchable
        value={fill.filling.template || null}
        onChange={(chosen) => fill.set({ ...NOTHING, template: chosen ?? "" })}
        data={templates.map((one) => ({
          value: keyOf(one),
          label: `${one.name} · ${one.language}`,
          disabled: sendable(one) !== "yes",
        }))}
        nothingFoundMessage={broadcasts.noTemplate}
      />
      {template && <QualityWarning template={template} />}
      {template && <TemplateFields template={template} {...fill} />}
    </>
  );
}

/** The values that a template needs: texts, which may have the customer's data, and a file. */
function TemplateFields({ template, channel, filling, set }: Fill & { template: Template }) {
  const { workspace } = useMember();
  const { broadcasts, templates } = useTexts();
  const names = variablesOf(template.body);
  const hasFile = ["image", "video", "document"].includes(template.header);
  return (
    <Stack>
      {hasFile && (
        <HeaderFileField
          workspace={workspace}
          channel={channel}
          kind={template.header as "image"}
          value={filling.file ?? NO_HEADER_FILE}
          onChange={(file) => set({ file })}
        />
      )}
      {variablesOf(template.header_text).length > 0 && (
        <TextInput
          label={templates.headerValue}
          value={filling.header}
          onChange={(event) => set({ header: event.currentTarget.value })}
        />
      )}
      {names.map((name, place) => (
        <TextInput
          key={name}
          label={templates.value(name)}
          placeholder="{{ customer.name }}"
          description={place === 0 ? broadcasts.valuesText : undefined}
          value={filling.parameters[place] ?? ""}
          onChange={(event) => {
            const parameters = names.map((_, at) => filling.parameters[at] ?? "");
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
              value={filling.buttons[place] ?? ""}
              onChange={(event) =>
                set({ buttons: { ...filling.buttons, [place]: event.currentTarget.value } })
              }
            />
          ),
      )}
    </Stack>
  );
}
