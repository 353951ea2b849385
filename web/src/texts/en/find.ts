export const find = {
  label: "Find in this conversation",
  older: "The one before",
  newer: "The one after",
  close: "End the search",
  nothing: "Nothing found",
  place: (number: number, count: number) => `${number} of ${count}`,
  compared: (count: number) => `only in the newest ${count}`,
};
