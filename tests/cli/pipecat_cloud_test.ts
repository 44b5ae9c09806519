/**
 * The command line in a container on Pipecat Cloud.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT, start } from "./child.ts";

Deno.test("the example for Pipecat Cloud serves what the platform asks for, at its port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const text = await Deno.readTextFile(join(ROOT, "examples/pipecat-cloud/Dockerfile"));
  const [, list = ""] = /^ENTRYPOINT ([^$]*)$/m.exec(text.replaceAll("\\\n", "")) ?? [];
  const args: string[] = JSON.parse(list);
  const given = args.slice(args.indexOf("bot.ts") + 1);

  await using cli = await start(given, {
    cwd: ROOT,
    program: join(ROOT, "examples/pipecat-cloud/bot.ts"),
    config: true,
    env: { PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = await fetch(`${url}/readyz`);
  await ready.body?.cancel();
  const headers = {
    "x-daily-session-id": "11111111-1111-4111-8111-111111111111",
    "x-daily-room-url": "https://you.daily.co/room",
    "x-daily-room-token": "a-token",
  };
  const over = await fetch(`${url}/bot`, { method: "POST", headers, body: "{}" });

  assert.equal(ready.status, 200);
  assert.deepEqual([over.status, await over.json()], [200, {}]);
  cli.kill("SIGTERM");
  const { code, stdout } = await cli.ended;
  assert.match(stdout, /Join https:\/\/you\.daily\.co\/room/);
  assert.equal(code, 0);
});
