import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import { BAD_REQUEST_CODES, STATUSES } from "../../src/core/error_codes.ts";

Deno.test("an error answers with the status of its code, and under the keys of all clients", async () => {
  const error = new RunnerError("full", "All lines are busy.", { retryAfter: 5 });
  const response = error.toResponse();

  assert.deepEqual([error.status, response.status], [503, 503]);
  assert.equal(response.headers.get("retry-after"), "5");
  const words = "All lines are busy.";
  assert.deepEqual(await response.json(), {
    detail: words,
    info: words,
    error: words,
    code: "full",
  });
});

/** What a carrier is told to do: each has an error of its own. */
const PURPOSES = ["answer", "hang_up", "transfer", "send_digits", "dial"];

Deno.test("a code means one status, and the table has no code that nobody throws", async () => {
  const used = new Set(["no_command_line"]); // it is thrown in mod.ts
  const folders = [new URL("../../src", import.meta.url).pathname];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) folders.push(path);
      else if (path.endsWith(".ts") && name !== "error_codes.ts" && name !== "assets.ts") {
        const text = await Deno.readTextFile(path);
        for (const [, code = ""] of text.matchAll(/"([a-z]+(?:_[a-z]+)*)"/g)) used.add(code);
        if (/_failed`/.test(text)) {
          for (const what of PURPOSES) used.add(`${what}_failed`);
        }
      }
    }
  }

  assert.deepEqual(
    [...BAD_REQUEST_CODES, ...Object.keys(STATUSES)].filter((code) => !used.has(code)),
    [],
  );
});
