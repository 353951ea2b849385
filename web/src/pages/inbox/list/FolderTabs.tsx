import { UnstyledButton } from "@mantine/core";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { LateMenu } from "../../../ui/LateMenu";
import { FOLDERS, type Folder } from "../routes";
import classes from "./FolderTabs.module.css";

const FIRST: readonly Folder[] = ["mine", "unassigned", "all"];
const MORE = FOLDERS.filter((folder) => !FIRST.includes(folder));

type Props = { folder: Folder; label: string; channel: string; choose: (folder: Folder) => void };

/** The folders with the number of their conversations: three at hand, the others in a menu. */
export function FolderTabs({ folder, label, channel, choose }: Props) {
  const { inbox } = useTexts();
  const { workspace } = useMember();
  const counts = useQuery({
    queryKey: [workspace, "counts", { label, channel }],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations/counts", {
          params: { path: { workspace }, query: { label, channel } },
          signal,
        }),
      ),
  }).data;
  const inMenu = MORE.includes(folder);
  return (
    <nav className={classes.tabs} aria-label={inbox.folders}>
      {FIRST.map((one) => (
        <UnstyledButton
          key={one}
          className={classes.tab}
          aria-current={one === folder ? "page" : undefined}
          onClick={() => choose(one)}
        >
          {inbox[one]}
          <Count counts={counts} folder={one} />
        </UnstyledButton>
      ))}
      <LateMenu
        position="bottom-end"
        items={MORE.map((one) => ({
          key: one,
          label: inbox[one],
          icon: <IconCheck size={14} aria-hidden style={{ opacity: one === folder ? 1 : 0 }} />,
          right: <Count counts={counts} folder={one} />,
          current: one === folder && "page",
          act: () => choose(one),
        }))}
        button={
          <UnstyledButton className={classes.tab} aria-current={inMenu ? "page" : undefined}>
            {inMenu ? inbox[folder] : inbox.moreFolders}
            {inMenu && <Count counts={counts} folder={folder} />}
            <IconChevronDown size={14} aria-hidden />
          </UnstyledButton>
        }
      />
    </nav>
  );
}

function Count({ counts, folder }: { counts: Schemas["FolderCounts"] | undefined; folder: Folder }) {
  const count = counts?.[folder];
  if (count === undefined) return null;
  return <span className={classes.count}>{count > 99 ? "99+" : count}</span>;
}
