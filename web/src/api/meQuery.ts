import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "./client";

/** The person who is signed in, with all memberships. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/me", { signal })),
  staleTime: 60_000,
});
