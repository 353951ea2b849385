import { useNames } from "../inbox/conversation/useNames";

/** Returns a function from who has edited something (`user:…`, `key:…`) to the name that is shown. */
export function useAuthors(): (by: string) => string {
  const names = useNames();
  return (by) => names(by.replace(/^user:/, ""));
}
