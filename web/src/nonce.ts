/** Returns the nonce of this page, which its styles need; empty in tests and in development. */
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
}

// Dialogs lock the scrolling of the page by a style element, which finds its nonce here.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = pageNonce();
