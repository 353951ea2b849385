/** Facts that the server writes into the page (services/console/page_options.py), so that no request is needed for them. */
export type PageOptions = { session: boolean; landing: boolean; signup: boolean; phone: boolean };

/** Without the server, in tests and `npm run dev`, a session is assumed, and all pages are there. */
const DEFAULTS: PageOptions = { session: true, landing: true, signup: true, phone: true };

export const pageOptions: PageOptions = read();

function read(): PageOptions {
  const text = document.querySelector<HTMLMetaElement>('meta[name="parley-options"]')?.content ?? "";
  try {
    return { ...DEFAULTS, ...(JSON.parse(text) as Partial<PageOptions>) };
  } catch {
    return DEFAULTS;
  }
}
