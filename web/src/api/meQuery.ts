import { queryOptions } from "@tanstack/react-query";
import { readAhead, readOnce } from "./ahead";
import { answer, api } from "./client";

const read = (signal?: AbortSignal) => answer(api.GET("/api/v1/me", { signal }));

/** The person who is signed in, with all memberships. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => readOnce("me", () => read(signal)),
  staleTime: 60_000,
});

/** Begins to read who is signed in, while the console's code is loaded. */
export const readMeAhead = () => readAhead("me", read);
