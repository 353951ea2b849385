import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useMember } from "../../app/me";
import { ownPlace } from "../../app/own";
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

/** Edits with what they were made over. etag: of the section as the person saw it. before: the values of the draft's paths. */
type Edits = { draft: Draft; etag: string; before: Draft };

const NONE: Edits = { draft: {}, etag: "", before: {} };

/** Edits of a section that nobody has saved yet. They stay when the page is left or loaded again. */
function useEdits(place: string): [Edits, (edits: Edits) => void] {
  const [edits, setEdits] = useState<Edits>(() => readEdits(place));
  useEffect(() => {
    try {
      if (Object.keys(edits.draft).length) sessionStorage.setItem(place, JSON.stringify(edits));
      else sessionStorage.removeItem(place);
    } catch {
      // Without storage the edits last as long as the page.
    }
  }, [edits, place]);
  return [edits, setEdits];
}

function readEdits(place: string): Edits {
  try {
    return { ...NONE, ...(JSON.parse(sessionStorage.getItem(place) ?? "{}") as Partial<Edits>) };
  } catch {
    return NONE;
  }
}

type Sent = { patch: Record<string, unknown>; dry: boolean; etag?: string };

/** A section of the settings with a draft, a dry run of it, and its saving. page: a name for the draft. */
export function useSection(section: Section, page: string) {
  const { workspace, me } = useMember();
  const client = useQueryClient();
  const query = useQuery(sectionQuery(workspace, section));
  const [edits, setEdits] = useEdits(ownPlace(me.id, `settings.${workspace}.${page}`));
  const { draft } = edits;
  const values: Values = query.data?.values ?? {};
  const changed = changedPaths(values, draft);
  const send = ({ patch, dry, etag }: Sent) =>
    answer(
      api.PATCH("/api/v1/workspaces/{workspace}/settings/{section}", {
        params: {
          path: { workspace, section },
          query: { dry_run: dry },
          header: { "If-Match": etag ?? edits.etag },
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
      setEdits(NONE);
    },
  });
  function set(path: string, value: unknown) {
    // A later tag is of changes that the person may not have seen.
    const seen = changed.length ? edits : { ...NONE, etag: query.data?.etag ?? "" };
    setEdits({
      draft: { ...draft, [path]: value },
      etag: seen.etag,
      before: { [path]: valueAt(values, path) ?? null, ...seen.before },
    });
  }
  return {
    query,
    values,
    draft,
    before: edits.before,
    changed,
    patch: patchOf(values, draft),
    value: (path: string) => (path in draft ? draft[path] : valueAt(values, path)),
    set,
    discard: () => setEdits(NONE),
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
