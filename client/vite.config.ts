import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const RUNNER = "http://localhost:7860";

export default defineConfig({
  // Relative addresses, so that the page also works below a path of a proxy.
  base: "./",
  plugins: [react()],
  worker: { format: "es" },
  resolve: {
    alias: {
      // Only the transport's default media manager uses it, and that one loads code from a CDN.
      "@daily-co/daily-js": new URL("src/calls/no_daily.ts", import.meta.url).pathname,
    },
  },
  build: {
    target: "es2022",
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
