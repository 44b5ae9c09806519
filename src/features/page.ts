/**
 * The page at `/client/`.
 *
 * @module
 */
import { type ClientAssets, clientRoutes } from "../routes/client.ts";
import type { Feature } from "./feature.ts";

/** Serves a page: its files, or what loads them when they are first asked for. */
export function page(client: ClientAssets | (() => Promise<ClientAssets>)): Feature {
  const load = typeof client === "function" ? client : () => Promise.resolve(client);
  return { name: "page", routes: clientRoutes(load) };
}
