/**
 * The example for Deno Deploy, on this Deno, as Deploy runs it: the entry point of its deno.json, with
 * the package from the registry, several instances, a database that they share, and nothing but one
 * TCP port to listen on.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { socketFrom } from "../../src/core/socket.ts";
import { decodeFrame, encodeAudio } from "../../src/serializers/protobuf.ts";
import { call } from "../../src/testing/mod.ts";
import { sine } from "../audio/signals.ts";
import { folderWith, ROOT } from "../cli/child.ts";
import { freshCache, serveRegistry } from "../jsr/registry.ts";
import { hear, loudPart } from "../testing/telephone.ts";
import { exchange, HANDSHAKE } from "./contract/raw.ts";

const EXAMPLE = join(ROOT, "examples/deno-deploy");
const SECRET = "a secret of Twilio's";

/** An instance that serves. */
interface Instance {
  readonly url: string;
  /** Asks it to stop, as Deploy does; resolves with its exit code. */
  stop(): Promise<number>;
}

/** Starts an instance, and waits until it answers. */
async function startInstance(cwd: string, env: Record<string, string>): Promise<Instance> {
  const config = JSON.parse(await Deno.readTextFile(join(cwd, "deno.json")));
  const address = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      // Deploy allows everything. Here UDP is not to be had, nor a process, nor a library.
      `--allow-net=${address},localhost:7860`,
      "--allow-env",
      "--allow-read",
      `--allow-write=${env["DENO_KV_DEFAULT_PATH"]}`, // a database is not a file there
      "--no-prompt",
      "--quiet",
      config.deploy.runtime.entrypoint,
    ],
    cwd,
    env: { ...env, DENO_SERVE_ADDRESS: `tcp:${address}` },
    stdin: "null",
  }).spawn();
  const url = `http://${address}`;
  const ended = child.status.then(({ code }) => code);
  let over = false;
  void ended.then(() => over = true);
  while (!over && !await answers(url)) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(!over, "the instance serves");
  return {
    url,
    async stop() {
      child.kill("SIGINT");
      return await ended;
    },
  };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/status`)).body?.cancel();
    return true;
  } catch {
    return false;
  }
}

Deno.test("what one instance on Deno Deploy begins, another one goes on with", async () => {
  await using registry = await serveRegistry();
  await using cache = await freshCache();
  await using folder = await folderWith({});
  for (const name of ["deno.json", "main.ts"]) {
    await Deno.copyFile(join(EXAMPLE, name), join(folder.path, name));
  }
  const env = {
    JSR_URL: registry.url,
    DENO_DIR: cache.path,
    DENO_KV_DEFAULT_PATH: join(folder.path, "kv.db"),
    TWILIO_AUTH_TOKEN: SECRET,
  };
  const one = await startInstance(folder.path, env);
  const two = await startInstance(folder.path, env);
  // What leads from one instance to the other: the balancer in front of them.
  const headers = { "x-forwarded-proto": "http", "x-forwarded-host": new URL(two.url).host };
  const post = (path: string, body: string) =>
    fetch(`${one.url}${path}`, { method: "POST", headers, body });

  const page = await (await fetch(`${one.url}/client/`)).text();
  const { transports } = await (await fetch(`${one.url}/status`)).json();
  const webrtc = await (await post("/start", `{"transport":"webrtc"}`)).json();
  const forged = await (await post("/twilio", "CallSid=CA1")).json();
  const started = await (await post("/start", `{"transport":"websocket"}`)).json();
  const loud = await echoed(started.wsUrl);
  await using caller = await call(two.url, { carrier: "twilio", secret: SECRET });
  await caller.say(sine(500, 8000, 0.3));
  const heard = loudPart(await hear(caller, 280));
  await caller[Symbol.asyncDispose]();
  const unknown = await exchange(two.url, { path: "/ws-client/none", headers: HANDSHAKE });
  const codes = await Promise.all([one.stop(), two.stop()]);

  assert.match(page, /<!doctype html>/i);
  assert.deepEqual(transports, [...CARRIER_NAMES, "websocket"]);
  assert.equal(webrtc.code, "transport_disabled");
  assert.equal(forged.code, "bad_signature");
  assert.equal(new URL(started.wsUrl).host, new URL(two.url).host);
  assert.ok(loud > 2000, "the other instance knows the session");
  assert.equal(unknown, 404);
  assert.ok(heard.length > 2000);
  assert.deepEqual(codes, [0, 0]);
});

/** How many loud samples come back first from a WebSocket on which a tone is sent. */
async function echoed(url: string): Promise<number> {
  const webSocket = new WebSocket(url);
  const client = socketFrom(webSocket);
  client.send(encodeAudio({ samples: sine(500, 16_000, 0.2), sampleRate: 16_000, channels: 1 }));
  let samples = 0;
  for await (const message of client.readable.values({ preventCancel: true })) {
    const frame = message instanceof Uint8Array ? decodeFrame(message) : undefined;
    if (frame?.type !== "audio") continue;
    samples = loudPart(frame.samples).length;
    break;
  }
  client.close();
  await client.closed;
  return samples;
}
