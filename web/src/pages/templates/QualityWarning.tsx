import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTexts } from "../../texts";
import { isDisliked, qualityOf, type Template } from "./definition";

/** Warns of a template that the provider may stop soon, and says what helps. */
export function QualityWarning({ template }: { template: Template }) {
  const { templates } = useTexts();
  const quality = qualityOf(template);
  if (!isDisliked(template) || !quality) return null;
  return (
    <Alert
      role="note"
      color={quality === "low" ? "red" : "orange"}
      icon={<IconAlertTriangle aria-hidden />}
      title={templates.qualityTitle(template.name, templates.qualities[quality])}
    >
      <Text size="sm">{templates.qualityWarnings[quality as "low" | "medium"]}</Text>
    </Alert>
  );
}
