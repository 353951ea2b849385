export const common = {
  loading: "Loading…",
  tryAgain: "Try again",
  save: "Save",
  cancel: "Cancel",
  close: "Close",
  copy: "Copy",
  copied: "Copied",
  more: "More",
  loadMore: "Load more",
  failed: "This did not work",
  offline: "The console cannot be reached. It is tried again by itself.",
  away: (what: string) => `${what} cannot be reached at the moment. Nothing is lost; try again in a moment.`,
  notFound: "This does not exist, or you may not see it.",
  notAllowed:
    "Your role does not allow this. An owner or administrator of the workspace can change your role.",
  request: (id: string) => `Request ${id}`,
  notBuilt: "This page is not there yet.",
};
