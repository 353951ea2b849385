import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useMember } from "../../../../app/me";
import { ErrorState } from "../../../../ui/ErrorState";
import { Loading } from "../../../../ui/Loading";
import { Page } from "../../../../ui/Page";
import { readDraft } from "../opening";
import { draftApi } from "./api";
import { DraftStore } from "./store";
import type { Draft, DraftView } from "./types";
import { UnsentEdits } from "./unsent";

const DraftContext = createContext<DraftStore | null>(null);

/** Opens the draft of a flow for all that is inside; shows loading and errors of opening it. */
export function DraftProvider({ flow, children }: { flow: string; children: ReactNode }) {
  const { workspace, me } = useMember();
  const client = useQueryClient();
  const unsent = useUnsent(workspace, me.id, flow);
  const key = useMemo(() => [workspace, "flow-draft", flow], [workspace, flow]);
  const found = useQuery({
    queryKey: key,
    queryFn: () => readDraft(workspace, flow),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (found.error && !found.data) {
    return (
      <Page title={flow}>
        <ErrorState error={found.error} onRetry={() => client.resetQueries({ queryKey: key })} />
      </Page>
    );
  }
  if (!found.data || !unsent) return <Loading />;
  return (
    <Opened key={`${workspace} ${flow}`} flow={flow} first={found.data} unsent={unsent}>
      {children}
    </Opened>
  );
}

/** Returns where edits are kept until they are answered; null: a moment later. */
function useUnsent(workspace: string, person: string, flow: string): UnsentEdits | null {
  const [found, setFound] = useState<UnsentEdits | null>(null);
  useEffect(() => {
    let over = false;
    const claimed = UnsentEdits.claim(workspace, person, flow);
    void claimed.then((one) => !over && setFound(one));
    return () => {
      over = true;
      void claimed.then((one) => one.release());
    };
  }, [workspace, person, flow]);
  return found;
}

type OpenedProps = { flow: string; first: Draft; unsent: UnsentEdits; children: ReactNode };

/** The store is made once; answers of later reads go into it. */
function Opened({ flow, first, unsent, children }: OpenedProps) {
  const { workspace } = useMember();
  const begin = useRef(first);
  const store = useMemo(
    () => new DraftStore(draftApi(workspace, flow), begin.current, unsent),
    [workspace, flow, unsent],
  );
  useEffect(() => {
    const stop = store.start();
    const look = () => document.visibilityState === "visible" && void store.refresh();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      stop();
    };
  }, [store]);
  return <DraftContext.Provider value={store}>{children}</DraftContext.Provider>;
}

/** Returns the draft that is being edited: `const draft = useDraft(); draft.apply(…)`. */
export function useDraft(): DraftStore {
  const store = useContext(DraftContext);
  if (!store) throw new Error("useDraft is for parts of the builder");
  return store;
}

/** Returns a part of what the draft shows; the component is drawn anew when that part is another one. */
export function useDraftView<T>(select: (view: DraftView) => T): T {
  const store = useDraft();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export const DraftProviderForTests = DraftContext.Provider;
