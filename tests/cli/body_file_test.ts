import assert from "node:assert/strict";
import { join } from "node:path";
import { readBodyFile } from "../../src/cli/body_file.ts";
import { folderWith } from "./child.ts";

Deno.test("a body is YAML or JSON, and an empty file is an empty one", async () => {
  await using folder = await folderWith({
    "a.yaml": "image: cat.png\nturns: [1, 2]\n",
    "b.json": '{ "a": 1 }',
    "c.yml": "",
  });
  const read = (name: string) => readBodyFile(join(folder.path, name));

  assert.deepEqual(await read("a.yaml"), { image: "cat.png", turns: [1, 2] });
  assert.deepEqual(await read("b.json"), { a: 1 });
  assert.deepEqual(await read("c.yml"), {});
});

Deno.test("a body that is not there, or neither, is told by its name", async () => {
  await using folder = await folderWith({ "a.yaml": "a: [", "b.json": "{" });

  for (const name of ["a.yaml", "b.json", "none.yaml"]) {
    await assert.rejects(readBodyFile(join(folder.path, name)), {
      name: "RunnerError",
      code: "bad_body",
      message: new RegExp(name),
    });
  }
});
