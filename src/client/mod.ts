/**
 * The page at `/client/`, for who makes a runner with `createRunner`: `serve` and `mount` bring it
 * by themselves. It is some hundred kB, so import it when it is first asked for.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 *
 * const client = async () => (await import("@pipecat/runner/client")).assets;
 * const runner = createRunner(() => {}, { client });
 * const page = await runner.fetch(new Request("http://localhost/client/"));
 * console.log(page.status); // 200
 * await page.body?.cancel();
 * await runner.close();
 * ```
 *
 * @module
 */
export { assets } from "./assets.ts";
export type { ClientAsset, ClientAssets } from "../http/client.ts";
