import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { save } from "../../../ui/download";
import { DiffView } from "../diff/DiffView";
import { linesOfDiff } from "../diff/lines";
import { patchOf } from "./patch";
import type { usePublishing } from "./usePublishing";

/** Says what to do with a draft when flows are kept in files: copy, download, or a patch for a repository. */
export function FileInstead({ publishing }: { publishing: ReturnType<typeof usePublishing> }) {
  const { common, flowPublish: t } = useTexts();
  const { workspace } = useMember();
  const { flow, difference, source } = publishing;
  const diff = difference.data?.diff;
  return (
    <Stack>
      <Alert color="blue" title={t.byFile}>
        <Text size="sm">{t.byFileText}</Text>
        <Code block mt="xs">{`parley flow pull ${flow} --workspace ${workspace}`}</Code>
      </Alert>
      {diff && <DiffView lines={linesOfDiff(diff)} label={t.text} />}
      <Group gap="xs">
        <CopyButton value={source()}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? common.copied : t.copy}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          onClick={() => save(new Blob([source()], { type: "application/yaml" }), `${flow}.yaml`)}
        >
          {t.download}
        </Button>
        {diff && (
          <Button
            variant="default"
            onClick={() => save(new Blob([patchOf(diff, flow)], { type: "text/x-diff" }), `${flow}.patch`)}
          >
            {t.patch}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
