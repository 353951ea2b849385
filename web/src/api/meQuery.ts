import { queryOptions } from "@tanstack/react-query";
import { readMe } from "./readMe";

/** The person who is signed in, with all memberships. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => readMe(signal),
  staleTime: 60_000,
});
