import { readAhead, readOnce } from "./ahead";
import { answer, api } from "./client";

const read = (signal?: AbortSignal) => answer(api.GET("/api/v1/me", { signal }));

/** Reads who is signed in, with all memberships; throws ProblemError. */
export const readMe = (signal: AbortSignal) => readOnce("me", () => read(signal));

/** Begins to read it, while the console's code is loaded. */
export const readMeAhead = () => readAhead("me", read);
