export const templates = {
  title: "Templates",
  text: "Messages that the provider has approved: the only ones that reach customers after 24 hours.",
  sync: "Fetch from the provider",
  synced: "The templates are those of the provider now.",
  name: "Name",
  language: "Language",
  state: "State",
  category: "Category",
  body: "Text",
  from: "From",
  quality: "Quality",
  qualities: {
    high: "high quality",
    medium: "medium quality",
    low: "low quality",
    new: "not rated yet",
  },
  qualityTitle: (name: string, quality: string) => `${name}: ${quality}`,
  qualityWarnings: {
    medium:
      "Customers have blocked or reported it, or few read it. If that goes on, the provider pauses it. Send it to fewer people, those who wrote lately, or improve its text.",
    low: "Many customers have blocked or reported it, or few read it. The provider may pause it at any moment, in the middle of a broadcast too. Better send another one.",
  },
  none: "No templates yet",
  noneText:
    "Make them at the provider and fetch them, or write those of other providers into the workspace file.",
  fromFile: "in your file",
  states: {
    yes: "approved",
    pending: "being reviewed",
    rejected: "rejected",
    paused: "paused",
    disabled: "switched off",
    parts: "cannot be filled here",
    other: "not sendable",
  },
  why: {
    pending: "The provider is still reviewing it. It can be sent as soon as it is approved.",
    rejected:
      "The provider has rejected it. The usual reasons: variables at the beginning or end or next to each other, a category that does not fit, or a text that asks for private data. The provider's own page says which one. Correct it there, then fetch again.",
    paused:
      "The provider has paused it because too many people reported or blocked it. It comes back by itself; a better text helps.",
    disabled: "The provider has switched it off for good. Make another one.",
    parts: "It has parts such as a carousel that cannot be filled here.",
    other: "The provider does not send it at the moment.",
  },
  rejections: {
    ABUSIVE_CONTENT: "The provider has rejected it because its content breaks a rule of WhatsApp.",
    INVALID_FORMAT:
      "The provider has rejected its form: variables at the beginning or end, next to each other, or not numbered in order. Correct it there, then fetch again.",
    PROMOTIONAL:
      "The provider has rejected it because it advertises in a category that may not. Make it a marketing template.",
    TAG_CONTENT_MISMATCH:
      "The provider has rejected it because its text does not fit its category or language. Choose others there.",
    INCORRECT_CATEGORY:
      "The provider has rejected it because its category does not fit its text. Choose another one there.",
    SCAM: "The provider has rejected it because it takes it for fraud.",
  } as Record<string, string>,
  atProvider: "Open it at the provider",
  categories: (word: string) =>
    ({ MARKETING: "marketing", UTILITY: "service", AUTHENTICATION: "codes" })[word] ?? word.toLowerCase(),
  files: { image: "Picture", video: "Video", document: "Document", location: "Place" },
  fileAbove: (kind: string) => `${kind} above the text`,
  fileText: "The address of a file (https), or a file of this computer.",
  chooseFile: "Choose a file",
  removeFile: (name: string) => `Remove ${name}`,
  uploading: "Uploading",
  keptUntil: (day: string) => `Uploaded; it can be sent until ${day}.`,
  wrongType: (endings: string) => `The template wants a file of another type: ${endings}.`,
  emptyFile: "This file is empty.",
  tooLarge: (most: string) => `WhatsApp takes at most ${most}.`,
  notUploaded: "This file was not uploaded.",
  footer: "(footer of the template)",
  buttons: (kind: string) =>
    ({
      quick_reply: "Reply",
      url: "Open a page",
      phone_number: "Call",
      copy_code: "Copy code",
      otp: "Copy code",
      flow: "Open a form",
      catalog: "View catalogue",
    })[kind] ?? "Button",
  value: (name: string) => `Value of {{${name}}}`,
  headerValue: "Value in the header",
  source: (from: string) => `From ${from}`,
};
