import assert from "node:assert/strict";
import { join } from "node:path";
import type { FileStorage } from "../../src/core/file_storage.ts";
import { uploadFolder } from "../../src/runtimes/upload_folder.ts";

const HELLO = new TextEncoder().encode("hello");

async function inFolder(
  run: (folder: string, names: () => string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(
      join(folder, "new"),
      () => [...Deno.readDirSync(join(folder, "new"))].map((x) => x.name),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function save(storage: FileStorage, bytes = HELLO, name = "a.txt"): Promise<string> {
  return storage.save({ name, type: "text/plain", body: ReadableStream.from([bytes]) });
}

Deno.test("a file is read again by its URL, which is no path, and deleted", async () => {
  await inFolder(async (folder, names) => {
    const storage = uploadFolder(folder);

    const url = await save(storage, HELLO, "../../evil.sh");
    const file = await storage.read(url);

    assert.match(url, /^pipecat:[\da-f]{32}$/);
    assert.deepEqual(names(), [url.slice("pipecat:".length)]);
    assert.equal(file?.type, "text/plain");
    assert.equal(file?.size, 5);
    assert.deepEqual(await new Response(file?.body).bytes(), HELLO);
    await storage.delete(url);
    await storage.delete(url);
    assert.equal(await storage.read(url), undefined);
  });
});

Deno.test("a URL that is not ours opens and deletes nothing", async () => {
  await inFolder(async (folder) => {
    const storage = uploadFolder(folder);
    await save(storage);
    await Deno.writeTextFile(join(folder, "mine.txt"), "mine");

    for (
      const url of ["mine.txt", "pipecat:mine.txt", "pipecat:../new/mine.txt", "pipecat:", "/"]
    ) {
      assert.equal(await storage.read(url), undefined);
      await storage.delete(url);
    }
    assert.equal(await Deno.readTextFile(join(folder, "mine.txt")), "mine");
  });
});

Deno.test("a folder keeps the newest files, and lets those of others alone", async () => {
  await inFolder(async (folder, names) => {
    const storage = uploadFolder(folder, { maxFiles: 2 });
    const urls: string[] = [await save(storage)];
    await Deno.writeTextFile(join(folder, "mine.txt"), "mine");
    for (const second of [1, 2, 3]) {
      for (const url of urls) { // the clock of a file system may be coarse
        const path = join(folder, url.slice("pipecat:".length));
        await Deno.utime(path, new Date(0), new Date(second * 1000 + urls.indexOf(url))).catch(
          () => {},
        );
      }
      urls.push(await save(storage));
    }

    assert.deepEqual(
      names().sort(),
      [...urls.slice(2).map((url) => url.slice(8)), "mine.txt"].sort(),
    );
  });
});

Deno.test("a file that fails on its way leaves nothing", async () => {
  await inFolder(async (folder, names) => {
    const storage = uploadFolder(folder);
    async function* failing(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      yield HELLO;
      await Promise.resolve();
      throw new Error("the client is gone");
    }

    const body = ReadableStream.from(failing());
    await assert.rejects(storage.save({ name: "a", type: "text/plain", body }), /client is gone/);

    assert.deepEqual(names(), []);
  });
});
