import "./trustedTypes";
import "./styles/mantine";
import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { pageOptions } from "./api/pageOptions";
import { sessionHint } from "./api/session";
import { beginFirstReads } from "./app/firstReads";
import { StrangersApp } from "./app/StrangersApp";
import { pageForStrangers } from "./pages/signIn/strangers";
import { shown } from "./texts";
import { loadTexts } from "./texts/load";

/** Shows a page for people who are not signed in, or the console, as soon as its code and words are there. */
async function start(root: HTMLElement) {
  const words = loadTexts(shown.language, "common");
  const page = pageForStrangers(window.location, pageOptions);
  if (page) {
    const [Page] = await Promise.all([page(), words]);
    createRoot(root).render(<StrangersApp page={Page} />);
  } else {
    if (sessionHint.maybe) beginFirstReads(window.location.pathname);
    const [{ App }] = await Promise.all([import("./app/App"), words]);
    createRoot(root).render(<App />);
  }
}

const RELOADED = "parley-reloaded";

/** Loads the page anew, once: a file may be missing because another version was put in place meanwhile. */
function again(error: unknown) {
  if (sessionStorage.getItem(RELOADED)) throw error;
  sessionStorage.setItem(RELOADED, "yes");
  window.location.reload();
}

const root = document.getElementById("root");
if (root) start(root).then(() => sessionStorage.removeItem(RELOADED), again);
