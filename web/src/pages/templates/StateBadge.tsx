import { Badge } from "@mantine/core";
import { useTexts } from "../../texts";
import { sendable, type Template } from "./definition";

const COLORS = {
  yes: "parley",
  pending: "blue",
  rejected: "red",
  paused: "orange",
  disabled: "red",
  parts: "gray",
  other: "gray",
} as const;

/** Says in a word whether a template can be sent. */
export function StateBadge({ template }: { template: Template }) {
  const { templates } = useTexts();
  const state = sendable(template);
  return (
    <Badge color={COLORS[state]} variant="light" tt="none">
      {state === "yes" && template.status !== "APPROVED" ? templates.fromFile : templates.states[state]}
    </Badge>
  );
}
