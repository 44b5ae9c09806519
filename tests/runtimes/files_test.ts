import fc from "fast-check";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileFolder } from "../../src/runtimes/files.ts";

/** A folder `out` with files, beside what must not be reached. */
async function arrange(): Promise<{ root: string; out: string } & AsyncDisposable> {
  const root = await Deno.makeTempDir();
  const out = join(root, "out");
  await Deno.mkdir(join(out, "sub"), { recursive: true });
  await Deno.mkdir(join(root, "out-secret"));
  await Deno.writeTextFile(join(out, "a.txt"), "audio");
  await Deno.writeTextFile(join(out, "sub", "b.txt"), "more");
  await Deno.writeTextFile(join(out, "empty"), "");
  await Deno.writeTextFile(join(root, "secret"), "secret");
  await Deno.writeTextFile(join(root, "out-secret", "secret"), "secret");
  return { root, out, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function read(folder: string, path: string): Promise<string | undefined> {
  const file = await fileFolder(folder).open(path);
  if (!file) return undefined;
  const text = await new Response(file.body).text();
  assert.equal(text.length, file.size);
  return text;
}

Deno.test("files are read whole, however deep or empty", async () => {
  await using place = await arrange();
  await Deno.writeTextFile(join(place.out, "large"), "x".repeat(200_000));

  assert.equal(await read(place.out, "a.txt"), "audio");
  assert.equal(await read(place.out, "sub/b.txt"), "more");
  assert.equal(await read(place.out, "sub/../a.txt"), "audio");
  assert.equal(await read(place.out, "empty"), "");
  assert.equal((await read(place.out, "large"))?.length, 200_000);
});

Deno.test("what is no file of the folder is nothing", async () => {
  await using place = await arrange();

  for (
    const path of [
      "",
      ".",
      "sub",
      "sub/",
      "nope",
      "a.txt/x",
      "../secret",
      "../out-secret/secret",
      "sub/../../secret",
      "..",
      join(place.root, "secret"),
      "/etc/passwd",
      "..\\secret",
      "a.txt\0",
      "x".repeat(5000),
    ]
  ) {
    assert.equal(await read(place.out, path), undefined, path.slice(0, 40));
  }
});

Deno.test("a link is followed inside the folder and not out of it", async () => {
  await using place = await arrange();
  await Deno.symlink("a.txt", join(place.out, "inside"));
  await Deno.symlink("../secret", join(place.out, "outside"));
  await Deno.symlink("..", join(place.out, "up"));
  await Deno.symlink("circle", join(place.out, "circle"));

  assert.equal(await read(place.out, "inside"), "audio");
  assert.equal(await read(place.out, "outside"), undefined);
  assert.equal(await read(place.out, "up/secret"), undefined);
  assert.equal(await read(place.out, "up/out/a.txt"), "audio");
  assert.equal(await read(place.out, "circle"), undefined);
});

Deno.test("the folder itself may be a link, or come later", async () => {
  await using place = await arrange();
  const later = join(place.root, "later");
  const folder = fileFolder(later);

  const before = await folder.open("a.txt");
  await Deno.symlink("out", later);
  const after = await read(later, "a.txt");

  assert.deepEqual([before, after], [undefined, "audio"]);
});

Deno.test("a file that grows while it is read ends at the size that was promised", async () => {
  await using place = await arrange();

  const file = await fileFolder(place.out).open("a.txt");
  await Deno.writeTextFile(join(place.out, "a.txt"), " and more", { append: true });

  assert.equal(await new Response(file?.body).text(), "audio");
});

Deno.test("a file that shrinks while it is read fails instead of waiting", async () => {
  await using place = await arrange();

  const file = await fileFolder(place.out).open("a.txt");
  await Deno.truncate(join(place.out, "a.txt"), 2);

  await assert.rejects(new Response(file?.body).text(), RangeError);
});

Deno.test("a reader that leaves closes the file", async () => {
  await using place = await arrange();
  await Deno.writeTextFile(join(place.out, "large"), "x".repeat(200_000));

  const file = await fileFolder(place.out).open("large");
  const reader = file?.body.getReader();
  await reader?.read();
  await reader?.cancel();
  // That nothing stays open is checked by the sanitizer of this test.
});

Deno.test("a file that cannot be opened is an error, not a missing file", {
  ignore: Deno.uid() === 0, // root may read everything
}, async () => {
  await using place = await arrange();
  await Deno.chmod(join(place.out, "a.txt"), 0);

  await assert.rejects(read(place.out, "a.txt"), { code: "EACCES" });
});

Deno.test("no path of dots, slashes and names leads to a secret", async () => {
  await using place = await arrange();
  await Deno.symlink("..", join(place.out, "up"));
  const part = fc.constantFrom(
    "..",
    ".",
    "",
    "/",
    "\\",
    "out",
    "secret",
    "out-secret",
    "up",
    "sub",
  );

  await fc.assert(fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
    assert.notEqual(await read(place.out, parts.join("/")), "secret");
  }));
});
