const PREFIX = "parley.own.";

/** Returns the name of something that the browser keeps for one person. */
export const ownPlace = (person: string, name: string) => `${PREFIX}${person}.${name}`;

/** Removes what this browser keeps by `ownPlace`, except for one person: the next one must not see it. */
export function forgetOwn(except = "") {
  const stays = ownPlace(except, "");
  try {
    for (const storage of [sessionStorage, localStorage]) {
      const names = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
      for (const name of names) {
        if (name.startsWith(PREFIX) && !(except && name.startsWith(stays))) storage.removeItem(name);
      }
    }
  } catch {
    // A browser that forbids storage keeps nothing either.
  }
}
