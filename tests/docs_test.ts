/**
 * The documentation that JSR makes of the package, as `deno doc --lint` sees it, and the links of the
 * README and its chapters.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { ROOT } from "./cli/child.ts";

/** Types of npm packages, which no entry point can make public, and tables that types are made of. */
const NOT_PUBLIC = ["Hono", "Context", "ZodMiniType", "BAD_REQUEST_CODES", "STATUSES"];

/** What `deno doc --lint` says of all entry points, one line for each complaint. */
async function complaints(): Promise<string[]> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values(config.exports).map((path) => join(ROOT, path))],
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
  const found = await complaints();

  const open = found.filter((complaint) =>
    !NOT_PUBLIC.some((type) => complaint.endsWith(`references private type '${type}'`))
  );
  assert.ok(found.some((complaint) => complaint.includes("'Hono'")), "the output is understood");
  assert.deepEqual(open, []);
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
