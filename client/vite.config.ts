import { defineConfig, type Plugin } from "vite";

const RUNNER = "http://localhost:7860";

/** What the page shares with the runner has no packages beside it. */
const ZOD = new URL("node_modules/zod/mini/index.js", import.meta.url).pathname;

/** The panels are written for React, whose types they have, and run on Preact: a third of the size. */
const PREACT = {
  "react-dom/client": "preact/compat/client",
  "react/jsx-runtime": "preact/jsx-runtime",
  react: "preact/compat",
};

const STAND_IN = new URL("src/calls/no_daily.ts", import.meta.url).pathname;

/** Of the transports, only Daily's own gets Daily's package. */
const noDaily: Plugin = {
  name: "no-daily",
  enforce: "pre",
  resolveId(source, importer) {
    // The default media manager of the others uses it, and that one loads code from a CDN.
    if (source !== "@daily-co/daily-js") return null;
    return importer?.includes("daily-transport") ? null : STAND_IN;
  },
};

export default defineConfig({
  // Relative addresses, so that the page also works below a path of a proxy.
  base: "./",
  resolve: { alias: { "zod/mini": ZOD, ...PREACT } },
  plugins: [noDaily],
  worker: { format: "es" },
  build: {
    target: "es2022",
    rolldownOptions: { input: ["index.html", "daily.html", "livekit.html"] },
    modulePreload: { polyfill: false },
    // The page's policy forbids code in data: addresses.
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
  },
  // `npm run dev` beside a runner on its usual port.
  server: {
    proxy: {
      "/start": RUNNER,
      "/sessions": RUNNER,
      "/status": RUNNER,
      "/ws": { target: RUNNER, ws: true },
    },
  },
});
