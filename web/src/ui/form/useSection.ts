import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useMember } from "../../app/me";
import { changedPaths, type Draft, patchOf, type Values, valueAt } from "./values";

export type Section = Schemas["Section"];
export type LoadedSection = Schemas["SettingsSection"] & { etag: string };

export const sectionQuery = (workspace: string, section: Section) =>
  queryOptions({
    queryKey: [workspace, "settings-section", section],
    queryFn: async ({ signal }): Promise<LoadedSection> => {
      const request = api.GET("/api/v1/workspaces/{workspace}/settings/{section}", {
        params: { path: { workspace, section } },
        signal,
      });
      const data = await answer(request);
      return { ...data, etag: (await request).response.headers.get("ETag") ?? "" };
    },
  });

/** Edits of a section that nobody has saved yet. They stay when the page is left or loaded again. */
export function useDraft(name: string): [Draft, (draft: Draft) => void] {
  const place = `parley.draft.${name}`;
  const [draft, setDraft] = useState<Draft>(() => readDraft(place));
  useEffect(() => {
    try {
      if (Object.keys(draft).length) sessionStorage.setItem(place, JSON.stringify(draft));
      else sessionStorage.removeItem(place);
    } catch {
      // Without storage the edits last as long as the page.
    }
  }, [draft, place]);
  return [draft, setDraft];
}

function readDraft(place: string): Draft {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? "{}") as Draft;
  } catch {
    return {};
  }
}

type Sent = { patch: Record<string, unknown>; dry: boolean; etag?: string };

/** A section of the settings with a draft, a dry run of it, and its saving. page: a name for the draft. */
export function useSection(section: Section, page: string) {
  const { workspace } = useMember();
  const client = useQueryClient();
  const query = useQuery(sectionQuery(workspace, section));
  const [draft, setDraft] = useDraft(`${workspace}.${page}`);
  const values: Values = query.data?.values ?? {};
  const send = ({ patch, dry, etag }: Sent) =>
    answer(
      api.PATCH("/api/v1/workspaces/{workspace}/settings/{section}", {
        params: {
          path: { workspace, section },
          query: { dry_run: dry },
          header: { "If-Match": etag ?? query.data?.etag ?? null },
        },
        body: patch,
      }),
    );
  const refresh = async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: [workspace, "settings-section", section] }),
      client.invalidateQueries({ queryKey: [workspace, "settings-history", section] }),
      client.invalidateQueries({ queryKey: [workspace, "settings"] }),
    ]);
  };
  const review = useMutation({ mutationFn: (patch: Record<string, unknown>) => send({ patch, dry: true }) });
  const save = useMutation({
    mutationFn: (sent: Omit<Sent, "dry">) => send({ ...sent, dry: false }),
    onSuccess: async () => {
      await refresh();
      setDraft({});
    },
  });
  return {
    query,
    values,
    draft,
    changed: changedPaths(values, draft),
    patch: patchOf(values, draft),
    value: (path: string) => (path in draft ? draft[path] : valueAt(values, path)),
    set: (path: string, value: unknown) => setDraft({ ...draft, [path]: value }),
    discard: () => setDraft({}),
    setDraft,
    review,
    save,
    refresh,
  };
}

export type SectionState = ReturnType<typeof useSection>;

/** Returns what the API says about a field of the last edit. */
export function fieldError(errors: readonly unknown[], path: string): string | undefined {
  const pointer = `#/${path.replaceAll(".", "/")}`;
  for (const error of errors) {
    if (!(error instanceof ProblemError)) continue;
    const found = error.fields.find(
      (one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`),
    );
    if (found) return found.message;
  }
  return undefined;
}
