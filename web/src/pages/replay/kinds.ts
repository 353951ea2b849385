/** Kinds of differences, the most interesting first. */
export const DIFFERENCES = ["meaning", "origin", "wording", "unknown", "same"] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** The answerers of a message. */
export const ORIGINS = ["faq", "flow", "shop", "model", "person", "system", "later", "nobody"] as const;
export type Origin = (typeof ORIGINS)[number];

export const VOTES = ["better", "same", "worse"] as const;
export type Vote = (typeof VOTES)[number];

export const VOTED = ["none", "mine", "better", "same", "worse"] as const;
export type Voted = (typeof VOTED)[number];
