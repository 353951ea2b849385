import { useTexts } from "../../texts";
import { PhoneMessage } from "../../ui/PhoneMessage";
import { filled, type Template } from "./definition";

type Props = { template: Template; parameters: readonly string[]; header?: string };

/** A template as the customer reads it, with its values. */
export function TemplatePreview({ template, parameters, header = "" }: Props) {
  const { templates } = useTexts();
  const file =
    template.header === "text" || template.header === "none" ? undefined : templates.files[template.header];
  return (
    <PhoneMessage
      file={file}
      header={template.header_text && filled(template.header_text, header ? [header] : [])}
      text={filled(template.body, parameters)}
      footer={template.footer ? templates.footer : undefined}
      buttons={template.buttons.map((button, place) => `${place + 1}. ${templates.buttons(button.kind)}`)}
    />
  );
}
