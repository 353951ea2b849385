import { Stack, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { CopyField } from "../../../ui/CopyField";
import type { Channel } from "./queries";

/** The values to enter at the provider, so that its messages arrive. verify: the token, while it is still known. */
export function WebhookAddress({ channel, verify }: { channel: Channel; verify?: string }) {
  const { channels: texts } = useTexts();
  const { provider } = channel;
  const address = channel.webhook_url + (provider === "twilio" ? "#rc=3&rp=all" : "");
  const where = texts.where[provider as keyof typeof texts.where];
  return (
    <Stack gap="sm">
      <Text size="sm">{where}</Text>
      <CopyField label={texts.webhookUrl} value={address} />
      {provider === "meta" && verify && (
        <CopyField label={texts.verifyToken} value={verify} text={texts.onceOnly} />
      )}
      {provider === "msg91" && (
        <CopyField label={texts.header} value={`X-Webhook-Secret: ${verify || "…"}`} />
      )}
      {provider === "meta" && <Text size="sm">{texts.subscribe}</Text>}
      {!channel.webhook_url.startsWith("https://") && (
        <Text size="sm" c="dimmed">
          {texts.notPublic}
        </Text>
      )}
    </Stack>
  );
}
