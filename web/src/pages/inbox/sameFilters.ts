/** The search of a link to a conversation: within the inbox its folder and filters stay, other pages have none. */
export const sameFilters = (before: object): object =>
  /^\/w\/[^/]+\/inbox(\/|$)/.test(window.location.pathname) ? before : {};
