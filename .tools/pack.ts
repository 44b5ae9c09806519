/**
 * Makes the npm package: `deno task pack [file.tgz]`.
 *
 * `deno pack` writes `^` before versions that deno.json pins. Where one is pinned, the code here rests
 * on what a later version may change, werift's private members above all: so it is pinned for npm too.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

const BLOCK = 512;
const NAME = "package/package.json";
/** The lowest version of Node on which a call was heard (tests/interop/lowest_node_test.ts). */
const NODE = ">=22.3.0";
/** Where this is built, in a GitHub workflow: npm compares it with what the provenance says. */
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = Deno.env.toObject();
const repository = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
const [output = "runner.tgz", ...rest] = Deno.args;

/** The versions that deno.json pins, by package. */
const pinned = new Map(
  Object.values(config.imports).flatMap((specifier): [string, string][] => {
    const [, name, version] =
      /^npm:((?:@[^/]+\/)?[^@/]+)@(\d+\.\d+\.\d+)(?:\/|$)/.exec(specifier) ??
        [];
    return name && version ? [[name, version]] : [];
  }),
);

const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["pack", "--allow-dirty", "--output", output, ...rest],
}).spawn().status;
if (!success) Deno.exit(1);
const packed = new Blob([await Deno.readFile(output)]).stream();
const tar = await bytesOf(packed.pipeThrough(new DecompressionStream("gzip")));
const changed = new Blob([withPins(tar)]).stream().pipeThrough(new CompressionStream("gzip"));
await Deno.writeFile(output, changed);

/** The archive with exact versions in its package.json. */
function withPins(tar: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.slice(at, at + BLOCK);
    const field = (from: number, to: number) =>
      new TextDecoder().decode(header.subarray(from, to)).replace(/\0.*$/s, "");
    const size = parseInt(field(124, 136), 8) || 0;
    const end = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (field(0, 100) !== NAME) {
      at = end;
      continue;
    }
    const text = new TextDecoder().decode(tar.subarray(at + BLOCK, at + BLOCK + size));
    const manifest = JSON.parse(text);
    for (const name of Object.keys(manifest.dependencies)) {
      manifest.dependencies[name] = pinned.get(name) ?? manifest.dependencies[name];
    }
    manifest.engines = { node: NODE };
    if (repository) manifest.repository = { type: "git", url: `git+${repository}.git` };
    // So a bundler leaves out what nobody uses, though it makes something when it is loaded: a schema.
    manifest.sideEffects = false;
    const content = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
    const file = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
    file.set(content);
    return concat(tar.subarray(0, at), resized(header, content.length), file, tar.subarray(end));
  }
  throw new Error(`There is no ${NAME} in what deno pack has made.`);
}

/** A header for a file of another size, with its checksum (POSIX.1-1988, ustar). */
function resized(header: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  write(" ".repeat(8), 148); // the checksum counts as spaces
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function concat(...parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function bytesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
