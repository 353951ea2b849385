export const common = {
  loading: "Loading…",
  tryAgain: "Try again",
  save: "Save",
  cancel: "Cancel",
  close: "Close",
  copy: "Copy",
  copied: "Copied",
  more: "More",
  searchCut: "There are more matches than were compared with what you may see. Type more of it.",
  noneOfThese: "None of the first ones is for you to see.",
  loadMore: "Load more",
  failed: "This did not work",
  offline: "The console cannot be reached. It is tried again by itself.",
  away: (what: string) => `${what} cannot be reached at the moment. Nothing is lost; try again in a moment.`,
  notFound: "This does not exist, or you may not see it.",
  notAllowed:
    "Your role does not allow this. An owner or administrator of the workspace can change your role.",
  closed: "This page is not open to you",
  closedText:
    "It belongs to another role, or to members who see all conversations. An owner or administrator of the workspace can change that.",
  tooMany: (seconds: number) =>
    seconds > 0
      ? `Too many requests. Try again in ${seconds} s.`
      : "Too many requests. Try again in a moment.",
  changedMeanwhile: "Somebody changed this meanwhile. Look at it again, then decide anew.",
  notDecided: "This is not decided yet. It is queued and goes on by itself.",
  internal: "A fault of ours. Please report the number of the request.",
  request: (id: string) => `Request ${id}`,
  columns: "Columns",
  select: (name: string) => `Select ${name}`,
  selectAll: "Select all rows",
  proofTitle: "Is it still you?",
  proofText: "This is sensitive, so please confirm that it is you. It counts for ten minutes.",
  proofCode: "Code from your authenticator app",
  proofPassword: "Your password",
  proofGo: "Confirm",
};
