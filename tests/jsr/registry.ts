/**
 * A stand-in for jsr.io that serves this package as JSR would, so that the command line of the
 * README can be run before anything is published.
 */
import { join, relative } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { type Folder, folderWith, ROOT } from "../cli/child.ts";

/** A registry that listens. */
export interface Registry extends AsyncDisposable {
  /** For the variable `JSR_URL`. */
  readonly url: string;
}

/** Serves the package as it stands in the working tree. */
export async function serveRegistry(): Promise<Registry> {
  const { name, version, exports } = config;
  const files = await publishedFiles();
  const manifest = Object.fromEntries(
    await Promise.all(
      [...files].map(async ([path, bytes]) =>
        [path, { size: bytes.length, checksum: await checksum(bytes) }] as const
      ),
    ),
  );
  const [scope = "", title] = name.slice(1).split("/");
  const answers: Readonly<Record<string, unknown>> = {
    [`/${name}/meta.json`]: { scope, name: title, latest: version, versions: { [version]: {} } },
    [`/${name}/${version}_meta.json`]: { manifest, exports },
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    const answer = answers[pathname];
    if (answer) return Response.json(answer);
    const file = files.get(pathname.slice(`/${name}/${version}`.length));
    const type = pathname.endsWith(".json") ? "application/json" : "text/typescript";
    return file
      ? new Response(file, { headers: { "content-type": type } })
      : new Response("Not found", { status: 404 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A cache for `DENO_DIR` that knows the npm packages, and no jsr: package yet. */
export async function freshCache(): Promise<Folder> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir }: { denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  const cache = await folderWith({});
  await Deno.symlink(join(denoDir, "npm"), join(cache.path, "npm"));
  return cache;
}

/** What is published, by its path in the package, with the import map written into it. */
async function publishedFiles(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const add = async (path: string) => {
    const text = await Deno.readTextFile(path);
    const resolved = path.endsWith(".ts") ? resolveImports(text) : text;
    files.set(`/${relative(ROOT, path)}`, new TextEncoder().encode(resolved));
  };
  const addFolder = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      await (isDirectory ? addFolder(path) : add(path));
    }
  };
  await Promise.all([add(join(ROOT, "mod.ts")), add(join(ROOT, "deno.json"))]);
  await addFolder(join(ROOT, "src"));
  return files;
}

/** Replaces bare specifiers, as JSR does when a package is published. */
function resolveImports(text: string): string {
  const imports: Readonly<Record<string, string>> = config.imports;
  return text.replace(
    /(\bfrom |\bimport |\bimport\()"([^".][^"]*)"/g,
    (found, keyword, specifier) =>
      Object.hasOwn(imports, specifier) ? `${keyword}"${imports[specifier]}"` : found,
  );
}

async function checksum(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256-${digest.toHex()}`;
}
