/** Returns the one-time token behind `#` in the address; empty if there is none. Browsers send it to nobody. */
export function tokenOf(hash: string = window.location.hash): string {
  return hash.replace(/^#/, "").trim();
}
