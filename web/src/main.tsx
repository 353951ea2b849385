import "./trustedTypes";
import "./styles/mantine";
import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { shown } from "./texts";
import { loadTexts } from "./texts/load";

const root = document.getElementById("root");

/** Shows the console as soon as its code and the first words are there; both are loaded at once. */
async function start() {
  const [{ App }] = await Promise.all([import("./app/App"), loadTexts(shown.language, "common")]);
  if (root) createRoot(root).render(<App />);
}

void start();
