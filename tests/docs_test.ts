/**
 * The documentation that JSR makes of the package, as `deno doc --lint` sees it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
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
