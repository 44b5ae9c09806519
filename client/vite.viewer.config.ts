import { defineConfig } from "vite";
import page from "./vite.config.ts";

/** The script and the style sheet of a saved call: each one file, for there is nothing to load from. */
export default defineConfig({
  base: "./",
  ...(page.resolve ? { resolve: page.resolve } : {}),
  build: {
    target: "es2022",
    emptyOutDir: false,
    copyPublicDir: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: "src/viewer.tsx",
      output: {
        format: "es",
        entryFileNames: "viewer.js",
        assetFileNames: "viewer[extname]",
        codeSplitting: false,
      },
    },
  },
});
