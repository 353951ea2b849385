import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Frame } from "./frames";
import { useLive } from "./LiveProvider";
import { pagesOf } from "./pagesOf";

const REST = 5_000;

/**
 * Fetches queries anew when frames of a type arrive: at once, then at most every five seconds for each page that a list
 * has loaded, so that a busy workspace does not make every browser fetch its list all the time.
 */
export function useRefreshOn(type: Frame["type"], key: QueryKey) {
  const { listen } = useLive();
  const client = useQueryClient();
  const latest = useRef(key);
  latest.current = key;
  useEffect(() => {
    let timer: number | undefined;
    let again = false;
    function refresh() {
      again = false;
      void client.invalidateQueries({ queryKey: latest.current });
      timer = window.setTimeout(() => {
        timer = undefined;
        if (again) refresh();
      }, REST * pagesOf(client, latest.current));
    }
    const stop = listen((frame) => {
      if (frame.type !== type) return;
      if (timer === undefined) refresh();
      else again = true;
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [type, listen, client]);
}

/** Returns a function that fetches queries anew some moments after a command, in case its event does not come. */
export function useSettle() {
  const client = useQueryClient();
  return (...keys: QueryKey[]) => {
    for (const delay of [400, 1_500, 4_000]) {
      window.setTimeout(() => {
        for (const queryKey of keys) void client.invalidateQueries({ queryKey });
      }, delay);
    }
  };
}
