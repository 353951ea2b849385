import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { nextPersona, type Persona, storedPersonas, storePersonas } from "./persona";

/** The numbers of the business that a simulated customer can write to. */
export function useChannels(workspace: string) {
  return useQuery({
    queryKey: [workspace, "phone-channels"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/phone", { params: { path: { workspace } }, signal })),
  });
}

/** The customers that a visitor plays; the first one holds the phone. */
export function usePersonas() {
  const [personas, setPersonas] = useState(storedPersonas);
  function play(one: Persona) {
    const next = [one, ...personas.filter((other) => other.number !== one.number)];
    storePersonas(next);
    setPersonas(next);
  }
  return { personas, persona: personas[0] as Persona, play, playNew: () => play(nextPersona(personas)) };
}
