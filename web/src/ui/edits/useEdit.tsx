import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { newKey, type Schemas } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useMember } from "../../app/me";
import { EditDialog, type EditState } from "./EditDialog";

type Edited = Schemas["Edited"];
export type SendEdit = (options: { dry_run: boolean; tag: string; key: string }) => Promise<Edited>;

/**
 * An edit of a part of the workspace. send: the request, as a dry run or for good. tag: the ETag of what the person
 * has seen. yours, theirs: both texts when a colleague saved meanwhile; `theirs` reads the present one with its ETag.
 */
export type EditWanted = {
  send: SendEdit;
  tag: string;
  yours?: ReactNode;
  theirs?: () => Promise<{ shown: ReactNode; tag: string }>;
  done?: () => void;
};

/**
 * Asks before an edit is saved: shows what would change, then saves it under the ETag. Returns `ask`, the dialog to put
 * on the page, and the error of a refused edit with its fields. part: the first words of the queries that it changes.
 */
export function useEdit(...parts: string[]) {
  const { workspace } = useMember();
  const client = useQueryClient();
  const [state, setState] = useState<EditState | null>(null);
  const [wanted, setWanted] = useState<EditWanted | null>(null);
  const [key, setKey] = useState("");

  async function refresh() {
    await Promise.all(parts.map((part) => client.invalidateQueries({ queryKey: [workspace, part] })));
  }

  async function refused(error: unknown, edit: EditWanted) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.problem === "managed-by-file") {
      setState({ kind: "file", snippet: String(error.more.snippet ?? "") });
    } else if (error.status === 412) {
      const now = await edit.theirs?.();
      // Saving over theirs saves over what the person sees now, nothing newer.
      if (now) setWanted({ ...edit, tag: now.tag });
      setState({ kind: "conflict", yours: edit.yours, theirs: now?.shown });
      await refresh();
    } else throw error;
  }

  const look = useMutation({
    mutationFn: async ({ edit, fresh }: { edit: EditWanted; fresh: string }) => {
      try {
        const { changes } = await edit.send({ dry_run: true, tag: edit.tag, key: fresh });
        setState({ kind: "review", changes });
      } catch (error) {
        await refused(error, edit);
      }
    },
  });
  const save = useMutation({
    mutationFn: async (edit: EditWanted) => {
      try {
        await edit.send({ dry_run: false, tag: edit.tag, key });
      } catch (error) {
        await refused(error, edit);
        return;
      }
      setState(null);
      await refresh();
      edit.done?.();
    },
  });

  function ask(edit: EditWanted, fresh: string) {
    setWanted(edit);
    setKey(fresh);
    save.reset();
    look.mutate({ edit, fresh: `${fresh}-look` });
  }

  const dialog = state && wanted && (
    <EditDialog
      state={state}
      saving={save.isPending}
      error={save.error}
      onSave={() => save.mutate(wanted)}
      onSaveOver={() => ask(wanted, newKey())}
      onTakeTheirs={() => {
        setState(null);
        wanted.done?.();
      }}
      onClose={() => setState(null)}
    />
  );
  return { ask, dialog, isPending: look.isPending || save.isPending, error: look.error };
}
