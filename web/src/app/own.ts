const PREFIX = "parley.own.";
/** Names of earlier versions: nobody reads them any more. */
const OLD = ["parley.broadcast.", "parley.draft.", "parley.outgoing.", "parley.recent.", "parley.replay."];

/** Returns the name of something that the browser keeps for one person. */
export const ownPlace = (person: string, name: string) => `${PREFIX}${person}.${name}`;

/**
 * Removes what this browser keeps by `ownPlace`, except for one person: the next one must not see it. What earlier
 * versions kept for nobody by name goes too: a broadcast's list of people may be in it.
 */
export function forgetOwn(except = "") {
  const stays = ownPlace(except, "");
  try {
    for (const storage of [sessionStorage, localStorage]) {
      const names = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
      for (const name of names) {
        const others = name.startsWith(PREFIX) && !(except && name.startsWith(stays));
        if (others || OLD.some((one) => name.startsWith(one))) storage.removeItem(name);
      }
    }
  } catch {
    // A browser that forbids storage keeps nothing either.
  }
}
