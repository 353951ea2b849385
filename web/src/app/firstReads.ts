import { readMeAhead } from "../api/readMe";
import { readFlowAheadOf } from "../pages/flows/builder/opening";

/**
 * Begins what a page of the console reads first, while its code is loaded. This is part of the first file that every
 * page loads: it may import nothing of the libraries that only the console needs.
 */
export function beginFirstReads(path: string) {
  readMeAhead();
  readFlowAheadOf(path);
}
