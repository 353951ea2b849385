/** Simulated customers: those that a visitor has played in this browser. */
export type Persona = { name: string; number: string };

const KEY = "parley-phone-customers";
const NAMES = [
  "Ada Obi",
  "Bayo Ade",
  "Chidi Eze",
  "Dalia Haddad",
  "Emeka Nwosu",
  "Funmi Bello",
  "Grace Mensah",
];

/** Returns the customers of this browser, the last played first. There is always one. */
export function storedPersonas(): Persona[] {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]") as Persona[];
    if (Array.isArray(stored) && stored.length > 0 && stored.every(isPersona)) return stored;
  } catch {
    // Kept by another version, or the browser keeps nothing.
  }
  return [nextPersona([])];
}

/** Keeps the customers, the last played first; at most ten. */
export function storePersonas(personas: Persona[]) {
  try {
    localStorage.setItem(KEY, JSON.stringify(personas.slice(0, 10)));
  } catch {
    // Private windows may keep nothing: the customers are those of this page then.
  }
}

/** Returns a customer whose name and number none of the others has. */
export function nextPersona(others: Persona[]): Persona {
  const numbers = new Set(others.map((one) => one.number));
  let n = others.length;
  while (numbers.has(numberOf(n))) n += 1;
  return { name: NAMES[n % NAMES.length] as string, number: numberOf(n) };
}

const numberOf = (n: number) => `+23480355502${String(n + 1).padStart(2, "0")}`;

function isPersona(value: unknown): value is Persona {
  const one = value as Persona | null;
  return typeof one?.name === "string" && typeof one.number === "string";
}
