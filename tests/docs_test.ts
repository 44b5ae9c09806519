/**
 * The documentation that JSR makes of the package, as `deno doc --lint` sees it, and the links of the
 * README and its chapters.
 */
import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import config from "../deno.json" with { type: "json" };
import { folderWith, ROOT } from "./cli/child.ts";

/** What `deno doc --lint` says of entry points, one line for each complaint. */
async function complaints(paths: readonly string[]): Promise<string[]> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...paths.map((path) => resolve(ROOT, path))],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  const found = text.matchAll(/^error\[([\w-]+)\]: (.*)\n +--> (.*):\d+:\d+$/gm);
  return [...found].map(([, rule, what, file = ""]) =>
    `${file.replace(ROOT, "")} ${rule}: ${what}`
  );
}

Deno.test("all that is public is documented, and mentions only what is public", async () => {
  assert.deepEqual(await complaints(Object.values(config.exports)), []);
});

Deno.test("what is public and mentions what is not is found", async () => {
  await using folder = await folderWith({
    "planted.ts": "interface Hidden {}\n/** Public. */\nexport type Shown = Hidden[];\n",
  });

  const found = await complaints([join(folder.path, "planted.ts")]);

  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /'Shown' references private type 'Hidden'/);
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\w\s-]/g, "").trim().replaceAll(" ", "-")
  );
}

Deno.test("every link of the README and its chapters leads somewhere", async () => {
  const chapters = [...Deno.readDirSync(join(ROOT, ".github/docs"))];
  const pages = ["README.md", ...chapters.map(({ name }) => `.github/docs/${name}`)];
  const broken: string[] = [];
  for (const page of pages) {
    const text = await Deno.readTextFile(join(ROOT, page));
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)\s]*)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
      const there = await Deno.stat(target).catch(() => undefined);
      const known = anchor === undefined ||
        (there?.isFile && anchors(await Deno.readTextFile(target)).includes(anchor));
      if (!there || !known) broken.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});
