/**
 * Phoning a bot from the command line, with the real one at both ends.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeWav, parseWav } from "../../src/audio/wav.ts";
import { ECHO_BOT, folderWith, run, start } from "./child.ts";

Deno.test("`call` phones a bot, says a WAV file and records the answer", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  const tone = Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin(i / 4));
  const spoken = encodeWav({ samples: tone, sampleRate: 8000, channels: 1 });
  await Deno.writeFile(join(folder.path, "hello.wav"), spoken);
  await using bot = await start(["bot.ts", "--port", "0"], { cwd: folder.path });

  const files = ["--say", "hello.wav", "--record", "out.wav"];
  const { code, stdout, stderr } = await run(["call", bot.url, "--carrier", "telnyx", ...files], {
    cwd: folder.path,
  });

  assert.deepEqual([code, stderr], [0, ""], stdout);
  const heard = parseWav(await Deno.readFile(join(folder.path, "out.wav")));
  const loud = heard.samples.filter((sample) => Math.abs(sample) > 4000).length;
  assert.ok(loud > 4000, `${loud} loud samples`);
});

Deno.test("`call` without a runner behind the address is one line", async () => {
  await using folder = await folderWith({});

  const { code, stderr } = await run(["call", "http://127.0.0.1:1"], { cwd: folder.path });

  assert.equal(code, 1);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
});
