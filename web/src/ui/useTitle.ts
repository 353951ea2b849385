import { useEffect } from "react";

/** Sets the title of the browser's tab. null: another part of the page sets it. */
export function useTitle(title: string | null) {
  useEffect(() => {
    if (title !== null) document.title = `${title} · Parley`;
  }, [title]);
}
