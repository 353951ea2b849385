import { createContext, type ReactNode, Suspense, useCallback, useContext, useRef, useState } from "react";
import { ProblemError } from "../api/problem";
import { late } from "./late";

const ProofDialog = late(async () => (await import("./ProofDialog")).ProofDialog);

type WithProof = <T>(run: () => Promise<T>) => Promise<T>;
const ProofContext = createContext<WithProof>((run) => run());

/** Raised when somebody closes the dialog instead of proving. Nothing has happened then. */
export class ProofDeclined extends Error {}

/**
 * Returns a function that carries out a request; when the API wants a fresh proof of the person, asks for the password
 * or code, and then carries out the same request again: `withProof(() => answer(api.POST(…)))`.
 */
export const useProof = () => useContext(ProofContext);

export function ProofProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState(false);
  const waiting = useRef<{ proved: () => void; declined: () => void } | null>(null);
  const withProof = useCallback<WithProof>(async (run) => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem !== "proof-needed") throw error;
    }
    await new Promise<void>((resolve, reject) => {
      waiting.current = { proved: resolve, declined: () => reject(new ProofDeclined()) };
      setAsked(true);
    });
    return run();
  }, []);
  function end(how: "proved" | "declined") {
    setAsked(false);
    waiting.current?.[how]();
    waiting.current = null;
  }
  return (
    <ProofContext.Provider value={withProof}>
      {children}
      <Suspense>
        {asked && <ProofDialog onProved={() => end("proved")} onClose={() => end("declined")} />}
      </Suspense>
    </ProofContext.Provider>
  );
}
