// The page's policy admits strings into the document only through this: style sheets, which have no tags.
declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
    };
  }
}

window.trustedTypes?.createPolicy("default", {
  createHTML(text) {
    if (text.includes("<")) throw new TypeError("Parley does not make elements from text");
    return text;
  },
});

export {};
