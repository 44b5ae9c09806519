/**
 * Which werift runs, wherever the package comes from: what mends it here rests on its private members.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { folderWith, ROOT } from "../cli/child.ts";
import { serveRegistry } from "./registry.ts";

/**
 * The werift that src/ways/webrtc was written against. Before another one is named here, read what has
 * changed in it, and run tests/webrtc and `deno task fuzz`.
 */
const WERIFT = "0.25.2";

Deno.test("the werift that runs is the one that its repairs are for", async () => {
  const lock = JSON.parse(await Deno.readTextFile(join(ROOT, config.lock.path)));
  const specifiers: Readonly<Record<string, string>> = lock.specifiers;
  const locked = Object.entries(specifiers).filter(([name]) => /^npm:werift(@|$)/.test(name));

  assert.equal(config.imports.werift, `npm:werift@${WERIFT}`);
  assert.deepEqual(locked, [[`npm:werift@${WERIFT}`, WERIFT]]);
});

Deno.test("a bot in a clone runs with the versions that are tested, and without what only tests need", async () => {
  const [tests, bots] = await Promise.all(
    [config.lock.path, ".tools/run.lock"].map(async (path) =>
      JSON.parse(await Deno.readTextFile(join(ROOT, path)))
    ),
  );
  const [all, run] = [tests.npm, bots.npm];

  for (const [name, { integrity }] of Object.entries<{ readonly integrity: string }>(run)) {
    assert.equal(all[name]?.integrity, integrity, `${name}: delete .tools/run.lock, run the demo`);
  }
  // Where they differ, Deno adds to the one of bots all that it leaves out.
  assert.deepEqual(bots.workspace, tests.workspace, "copy `workspace` of deno.lock to run.lock");
  const names = Object.keys(run).join(" ");
  assert.doesNotMatch(names, /playwright|twilio|telnyx|plivo|@livekit|openai|fast-check/);
  // werift names it for what is imported as werift/nonstandard, which nothing here does: 11 MB.
  assert.doesNotMatch(names, /mediabunny|dom-webcodecs/, "take it out of run.lock by hand");
});

Deno.test("what is on JSR asks for that version and no other", async () => {
  await using registry = await serveRegistry();
  const { name, version } = config;
  const meta = await (await fetch(`${registry.url}${name}/${version}_meta.json`)).json();
  const asked = new Set<string>();

  for (
    const path of Object.keys(meta.manifest).filter((path) => path.startsWith("/src/ways/webrtc/"))
  ) {
    const text = await (await fetch(`${registry.url}${name}/${version}${path}`)).text();
    for (const [, specifier = ""] of text.matchAll(/"(npm:werift[^"]*)"/g)) asked.add(specifier);
  }

  assert.deepEqual([...asked], [`npm:werift@${WERIFT}`]);
});

Deno.test("the npm package asks for every version that is pinned here, and no later one", async () => {
  await using folder = await folderWith({});
  const tarball = join(folder.path, "runner.tgz");
  const pack = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(ROOT, ".tools/pack.ts"), tarball],
    cwd: ROOT,
    stdout: "null",
    stderr: "null",
  });
  assert.ok((await pack.output()).success);
  const untar = new Deno.Command("tar", {
    args: ["-xzf", tarball, "-O", "package/package.json"],
  });
  const { dependencies } = JSON.parse(new TextDecoder().decode((await untar.output()).stdout));

  assert.equal(dependencies.werift, WERIFT);
  const specifiers: readonly string[] = Object.values(config.imports);
  for (const [name, version] of Object.entries<string>(dependencies)) {
    const pin = specifiers.map((text) => new RegExp(`^npm:${name}@(\\d[^/]*)`).exec(text)?.[1])
      .find(Boolean);
    if (pin) assert.equal(version, pin, name);
    else assert.match(version, /^\^\d/, name);
  }
});
