import { Alert, Button, Group, Radio, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../texts";
import { ErrorState, words } from "../ui/ErrorState";
import { Loading } from "../ui/Loading";
import { RefreshFailed } from "../ui/RefreshFailed";
import { ABOUT, type Rules } from "./notify/rules";
import { playTone } from "./notify/sound";
import { useChangeRules, useNotificationRules } from "./notify/useNotificationRules";

/** The person's notifications: about what, with sound, on the desktop, and quiet hours. Each change is stored at once. */
export function NotificationSettings() {
  const texts = useTexts();
  const { notify } = texts;
  const rules = useNotificationRules();
  const change = useChangeRules();
  const [silent, setSilent] = useState(false);
  const [permission, setPermission] = useState(() =>
    typeof Notification === "undefined" ? "denied" : Notification.permission,
  );
  if (rules.isPending) return <Loading h={120} />;
  if (rules.isError && !rules.data) return <ErrorState error={rules.error} onRetry={() => rules.refetch()} />;
  const now: Rules = { ...rules.data, ...(change.isPending ? change.variables : {}) };
  async function onDesktop(wanted: boolean) {
    if (wanted && permission === "default") setPermission(await Notification.requestPermission());
    change.mutate({ desktop: wanted });
  }
  return (
    <Stack gap="md">
      <RefreshFailed query={rules} />
      <Radio.Group
        label={notify.about}
        value={now.about}
        onChange={(about) => change.mutate({ about: about as Rules["about"] })}
      >
        <Stack gap={8} mt={8}>
          {ABOUT.map((one) => (
            <Radio key={one} value={one} label={notify.abouts[one]} />
          ))}
        </Stack>
      </Radio.Group>
      <Group justify="space-between">
        <Switch
          label={notify.sound}
          checked={now.sound}
          onChange={(event) => change.mutate({ sound: event.currentTarget.checked })}
        />
        <Button variant="default" size="xs" onClick={async () => setSilent(!(await playTone()))}>
          {notify.play}
        </Button>
      </Group>
      {silent && (
        <Text size="sm" c="orange" role="status">
          {notify.soundBlocked}
        </Text>
      )}
      <Switch
        label={notify.desktop}
        checked={now.desktop}
        onChange={(event) => void onDesktop(event.currentTarget.checked)}
      />
      {now.desktop && permission !== "granted" && (
        <Alert color="orange" role="status">
          {notify.desktopBlocked}
        </Alert>
      )}
      <Group align="flex-end">
        <TextInput
          type="time"
          label={notify.quietFrom}
          defaultValue={now.quietFrom}
          onBlur={(event) => change.mutate({ quietFrom: event.currentTarget.value })}
        />
        <TextInput
          type="time"
          label={notify.quietTo}
          defaultValue={now.quietTo}
          onBlur={(event) => change.mutate({ quietTo: event.currentTarget.value })}
        />
      </Group>
      {change.isError && (
        <Text size="sm" c="red" role="alert">
          {words(change.error, texts)}
        </Text>
      )}
    </Stack>
  );
}
