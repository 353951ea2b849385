import type { Area, Language, Texts } from ".";

/** Files of texts are loaded when a page first needs them: a person sees one language and few pages. */
const FILES = import.meta.glob<Partial<Texts>>([
  "./en/*.ts",
  "./es/*.ts",
  "!./*/index.ts",
  "!./*/settingsArea.ts",
]);

/** Files that hold more than the area that they are named after. */
const FILE_OF: Partial<Record<Area, string>> = {
  audit: "team",
  channelFields: "channels",
  keys: "team",
  letters: "systems",
  people: "team",
  settingFields: "settings",
  settingGroups: "settings",
  settingHours: "settings",
  settingOptions: "settings",
  systemStatus: "systems",
  webhooks: "systems",
};

const loading = new Map<string, Promise<void>>();
const loaded = new Map<string, Partial<Texts>>();
const failed = new Map<string, unknown>();

const pathOf = (language: Language, area: string) => `./${language}/${FILE_OF[area as Area] ?? area}.ts`;

function load(path: string): Promise<void> {
  const known = loading.get(path);
  if (known) return known;
  const file = FILES[path];
  const started = file
    ? file().then(
        (texts) => void loaded.set(path, texts),
        (error: unknown) => void failed.set(path, error),
      )
    : Promise.resolve(void failed.set(path, new Error(`there are no texts ${path}`)));
  loading.set(path, started);
  return started;
}

/** Loads areas of a language. Throws if a file cannot be had. */
export async function loadTexts(language: Language, ...areas: Area[]): Promise<void> {
  await loadFiles(areas.map((area) => pathOf(language, area)));
}

/** Loads all texts of a language that are not loaded yet, so that no page has to wait for its own. Throws as `loadTexts`. */
export async function loadAllTexts(language: Language): Promise<void> {
  await loadFiles(Object.keys(FILES).filter((path) => path.startsWith(`./${language}/`)));
}

/** Loads in one language what has been loaded in another. Throws as `loadTexts`. */
export async function loadSameTexts(from: Language, to: Language): Promise<void> {
  const paths = [...loaded.keys()].filter((path) => path.startsWith(`./${from}/`));
  await loadFiles(paths.map((path) => path.replace(`./${from}/`, `./${to}/`)));
}

async function loadFiles(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(load));
  const missing = paths.filter((path) => failed.has(path));
  const error = failed.get(missing[0] ?? "");
  forget(missing);
  if (missing.length > 0) throw error;
}

/** Forgets which files could not be had, so that they are asked for again. */
export function forgetFailedTexts() {
  forget([...failed.keys()]);
}

function forget(paths: readonly string[]) {
  for (const path of paths) {
    failed.delete(path);
    loading.delete(path);
  }
}

/**
 * Returns the texts of a language by area: `catalogue("es").inbox`. An area that is not loaded yet suspends the
 * component that reads it (React shows what the `Suspense` around it says) until it is; `in` tells if it is loaded.
 */
export function catalogue(language: Language): Texts {
  return new Proxy({} as Texts, {
    has: (_, area) => loaded.has(pathOf(language, String(area))),
    get(_, area) {
      const path = pathOf(language, String(area));
      const texts = loaded.get(path);
      if (texts) return texts[area as Area];
      if (failed.has(path)) throw failed.get(path);
      throw load(path);
    },
  });
}
