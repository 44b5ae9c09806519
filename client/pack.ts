/**
 * Writes `src/client/assets.ts` from `client/dist`: `deno task client:build`.
 *
 * The same files give the same bytes, and the module names the sources it was built from, so a test
 * can tell a stale one without building.
 *
 * @module
 */
import { gzipSync } from "node:zlib";

/** What the page is made of, below `client/`; `src` is a folder, and imports what it shares. */
const SOURCES = [
  "daily.html",
  "index.html",
  "livekit.html",
  "pack.ts",
  "package-lock.json",
  "package.json",
  "src",
  "tsconfig.json",
  "vite.config.ts",
  "vite.viewer.config.ts",
];

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  svg: "image/svg+xml",
};

const HERE = new URL("./", import.meta.url);
const RUNNER = new URL("../src/", HERE);
const MODULE = new URL("../src/client/assets.ts", import.meta.url);

/** A hash of everything that the page is built from. */
export async function hashSources(): Promise<string> {
  const parts: string[] = [];
  const own = (await Promise.all(SOURCES.map((name) => filesAt(HERE, name)))).flat();
  for (const path of [...own, ...await sharedWith(own)]) {
    const text = await Deno.readTextFile(new URL(path, HERE));
    // A checkout on Windows may have other line ends.
    parts.push(path, text.replaceAll("\r\n", "\n"));
  }
  return await sha256(new TextEncoder().encode(JSON.stringify(parts)));
}

/** Packs built files into the text of the module. */
export function packModule(
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  sources: string,
): string {
  const entries: string[] = [];
  for (const path of [...files.keys()].sort()) {
    const bytes = files.get(path);
    const type = TYPES[path.split(".").at(-1) ?? ""];
    if (!bytes || !type) {
      throw new Error(`No content type for ${path}; add it to TYPES.`);
    }
    const immutable = /^assets\/.+-[\w-]{8}\.\w+$/.test(path);
    const texts = [
      gzip(bytes).toBase64(),
      ...path.endsWith(".html") ? [policyOf(path, bytes)] : [],
    ];
    entries.push(
      `  ${JSON.stringify(path)}: file(${JSON.stringify(type)}, ${immutable},` +
        `${texts.map((text) => `\n    ${JSON.stringify(text)}`).join(",")}),`,
    );
  }
  return `/**
 * The page at \`/client/\`, each file compressed with gzip and in base64. Generated from \`client/\` by
 * \`deno task client:build\`: do not edit.
 *
 * Built from sources with SHA-256 ${sources}.
 *
 * @module
 */
import type { ClientAsset, ClientAssets } from "../http/client.ts";

function file(type: string, immutable: boolean, base64: string, policy?: string): ClientAsset {
  let gzip: Uint8Array<ArrayBuffer> | undefined;
  return {
    type,
    immutable,
    ...(policy === undefined ? {} : { policy }),
    get gzip() {
      return gzip ??= Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    },
  };
}

/** The files of the page. Each is decoded when it is first asked for. */
export const assets: ClientAssets = {
${entries.join("\n")}
};
`;
}

/** The policy that a page states; as a header it also holds for what only a header can say. */
function policyOf(path: string, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(text)?.[1];
  if (!policy) throw new Error(`${path} has no Content-Security-Policy.`);
  return policy;
}

function gzip(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(gzipSync(bytes, { level: 9 }));
  packed.fill(0, 4, 8); // no time
  packed[9] = 255; // no operating system
  return packed;
}

/** An import of more than types: its specifier is the one group. */
const IMPORT = /^(?:import|export) (?!type )[^;"]*?from "(\.[^"]+)";$/gm;

/**
 * The modules of the runner that these files import, and what those import in turn: the page phones
 * as the runner's own tests do.
 */
async function sharedWith(paths: readonly string[]): Promise<string[]> {
  const shared = new Set<string>();
  const follow = async (module: URL) => {
    const text = await Deno.readTextFile(module);
    for (const [, specifier = ""] of text.matchAll(IMPORT)) {
      const imported = new URL(specifier, module);
      if (!imported.href.startsWith(RUNNER.href) || shared.has(imported.href)) continue;
      shared.add(imported.href);
      await follow(imported);
    }
  };
  for (const path of paths) if (/\.tsx?$/.test(path)) await follow(new URL(path, HERE));
  return [...shared].map((href) => `../src/${href.slice(RUNNER.href.length)}`).sort();
}

async function filesAt(base: URL, path: string): Promise<string[]> {
  const { isDirectory } = await Deno.stat(new URL(path, base));
  if (!isDirectory) return [path];
  const names = await Array.fromAsync(
    Deno.readDir(new URL(path, base)),
    ({ name }) => name,
  );
  return (await Promise.all(
    names.sort().map((name) => filesAt(base, `${path}/${name}`)),
  )).flat();
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

if (import.meta.main) {
  const dist = new URL("dist/", HERE);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (
    const name of await Array.fromAsync(Deno.readDir(dist), ({ name }) => name)
  ) {
    for (const path of await filesAt(dist, name)) {
      files.set(path, await Deno.readFile(new URL(path, dist)));
    }
  }
  const text = packModule(files, await hashSources());
  await Deno.mkdir(new URL("./", MODULE), { recursive: true });
  await Deno.writeTextFile(MODULE, text);
  console.log(
    `src/client/assets.ts: ${files.size} files, ${Math.round(text.length / 1024)} KB`,
  );
}
