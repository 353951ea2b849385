import { useTexts } from "../../texts";
import { PhoneMessage } from "../../ui/PhoneMessage";
import { filled, type Template } from "./definition";

type Props = {
  template: Pick<Template, "header_text" | "body" | "footer" | "footer_text" | "buttons"> & {
    header: string;
  };
  parameters: readonly string[];
  header?: string;
  /** Its file's name; without one its kind is shown. */
  file?: string;
  bare?: boolean;
};

/** A template as the customer reads it, with its values: header, body, footer and buttons. */
export function TemplatePreview({ template, parameters, header = "", file, bare }: Props) {
  const { templates } = useTexts();
  const kind = template.header in templates.files && templates.files[template.header as "image"];
  return (
    <PhoneMessage
      bare={bare}
      file={kind ? file || kind : undefined}
      header={template.header_text && filled(template.header_text, header ? [header] : [])}
      text={filled(template.body, parameters)}
      footer={template.footer ? template.footer_text || templates.footer : undefined}
      buttons={template.buttons.map(
        (button, place) => button.text || `${place + 1}. ${templates.buttons(button.kind)}`,
      )}
    />
  );
}
