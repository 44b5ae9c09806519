/**
 * What the browser tests need on this machine, before any of them runs: of files that run side by side
 * only one could install it.
 *
 * @module
 */
import { installPackages } from "./bundle.ts";
import { findChromium } from "./chromium.ts";

await installPackages();
console.log(`Chromium for the browser tests: ${await findChromium()}`);
