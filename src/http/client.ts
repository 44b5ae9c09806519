/**
 * The prebuilt page at `/client/`.
 *
 * @module
 */
import type { Handler, Hono } from "hono";
import { RunnerError } from "../core/error.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** One file of the page. */
export interface ClientAsset {
  /** The media type, such as `text/html`. */
  readonly type: string;
  /** The file, gzipped. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  /** True for a file whose name changes with its content, so that it may be cached for ever. */
  readonly immutable: boolean;
  /** The `Content-Security-Policy` of a document. */
  readonly policy?: string;
}

/** The files of a page, by their path below `/client/`; `index.html` must be there. */
export type ClientAssets = Readonly<Record<string, ClientAsset>>;

/**
 * The page and the redirect to it. The assets are loaded on first use.
 *
 * @param base The prefix of all paths, such as `/sales` of one bot of several.
 */
export function clientRoutes(load: () => Promise<ClientAssets>, base: string): Hono<AppEnv> {
  const toPage: Handler<AppEnv> = (c) => c.redirect(`${base}/client/`);
  return createRoutes()
    .get("/", toPage)
    .get("/client", toPage)
    .get("/client/:path{.*}", async (c) => {
      const assets = await load();
      const path = c.req.param("path") || "index.html";
      const asset = Object.hasOwn(assets, path) ? assets[path] : undefined;
      if (!asset) throw new RunnerError("no_file", "No such file.");
      const headers = {
        "content-type": asset.type,
        "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
        // A page that frames this one could trick its user into pressing Connect.
        ...(asset.policy === undefined
          ? {}
          : { "content-security-policy": `${asset.policy}; frame-ancestors 'self'` }),
      };
      if (/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) {
        return c.body(asset.gzip, 200, { ...headers, "content-encoding": "gzip" });
      }
      const plain = new Blob([asset.gzip]).stream().pipeThrough(new DecompressionStream("gzip"));
      return c.body(plain, 200, headers);
    });
}
