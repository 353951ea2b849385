import { createContext } from "react";

/** The words that are looked for in the conversation, which are marked in its texts; empty: none. */
export const FindWords = createContext("");
