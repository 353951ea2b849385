/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const CONSOLE = process.env.CONSOLE_URL ?? "http://127.0.0.1:8090";

/** Texts that are needed at the same time come in one file: those around every page, and one for each of these areas. */
const TEXTS: Record<string, string[]> = {
  start: ["common", "signIn"],
  frame: ["frame", "commands", "notify", "phone", "inbox"],
  conversation: ["composer", "conversation", "panel"],
  content: ["faq", "catalog", "templates", "edits"],
  customers: ["customers", "segments", "orders"],
  work: ["dashboard", "onboarding", "broadcasts", "analytics"],
  flows: ["builder", "flows", "flowCode", "flowPublish", "flowTry", "flowVersions"],
  settings: ["settings", "channels", "systems", "team", "forms"],
};

function textsChunk(id: string): string | null {
  const [, language, area] = /src\/texts\/(\w\w)\/(\w+)\.ts$/.exec(id) ?? [];
  const group = Object.keys(TEXTS).find((one) => TEXTS[one]?.includes(area ?? ""));
  return group ? `texts-${language}-${group}` : null;
}

export default defineConfig({
  plugins: [react()],
  // The server puts a nonce of its own in this place of each answer (services/console/static_files.py).
  html: { cspNonce: "PARLEY-NONCE" },
  build: {
    outDir: "../services/console/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    sourcemap: false,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2022",
    // Browsers that know `light-dark()`; for older ones it would be rewritten so that it needs a setting of its own.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: textsChunk, test: /src\/texts\/\w\w\//, debugName: "texts", priority: 4 },
            // The modules of every page, of every page of a workspace, and of the inbox, each as one file with all that it imports.
            {
              name: "start",
              test: /src\/app\/(StrangersApp\.tsx|firstReads\.ts)|signIn\/strangers\.ts|node_modules\/(react-dom|scheduler)\//,
              priority: 3,
            },
            { name: "frame", test: /src\/app\/(App|Frame)\.tsx/, priority: 2 },
            { name: "inbox", test: /src\/pages\/inbox\/InboxPage\.tsx/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: CONSOLE, ws: true, headers: { origin: CONSOLE } } } },
  test: { environment: "jsdom", setupFiles: ["src/test/setup.ts"], restoreMocks: true, css: false },
});
