import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { save } from "../../../ui/download";
import { useDraft, useDraftView } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { WordsButton } from "../words/WordsButton";
import { PublishDialog } from "./PublishDialog";

/** At the end of the toolbar: help by a model, versions, the file, and publishing. */
export function Actions() {
  const { common, flowPublish: t } = useTexts();
  const { workspace } = useMember();
  const { flow, mayEdit } = useBuilder();
  const navigate = useNavigate();
  const draft = useDraft();
  const stored = useDraftView((view) => view.draft.stored);
  const base = useDraftView((view) => view.draft.base);
  const [publishing, setPublishing] = useState(false);
  return (
    <>
      {mayEdit && <WordsButton />}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={common.more}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            onClick={() => void navigate({ to: `/w/${workspace}/flows/${flow}/versions` as string })}
          >
            {t.versions}
          </Menu.Item>
          <Menu.Item onClick={() => void navigator.clipboard.writeText(draft.get().source)}>
            {t.copy}
          </Menu.Item>
          <Menu.Item
            onClick={() => save(new Blob([draft.get().source], { type: "application/yaml" }), `${flow}.yaml`)}
          >
            {t.download}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {mayEdit && (
        <Button size="sm" disabled={!stored && base !== ""} onClick={() => setPublishing(true)}>
          {t.publish}
        </Button>
      )}
      {publishing && <PublishDialog onClose={() => setPublishing(false)} />}
    </>
  );
}
