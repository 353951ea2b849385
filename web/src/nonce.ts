/** Returns the nonce of this page, which its styles need; empty in tests and in development. */
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
}
