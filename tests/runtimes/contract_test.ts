/**
 * The contract on every runtime, and what becomes of the package when npm users install it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { call } from "../../src/testing/mod.ts";
import { sine } from "../audio/signals.ts";
import { ROOT } from "../cli/child.ts";
import { hear, loudPart } from "../testing/telephone.ts";
import { addTests } from "./contract/mod.ts";
import {
  type Installed,
  installPackage,
  run,
  serveWithBun,
  serveWithDeno,
  serveWithNode,
  serveWithWorkerd,
  serveWorker,
  start,
  tool,
} from "./hosts.ts";
import { openAccount, OWN, THEIRS } from "../support/carrier_api/account.ts";
import { addMediaNodeTests } from "./media_nodes.ts";
import { addProcessTests } from "./several_processes.ts";
import { addMountTests } from "./mounts.ts";

/** What a Worker with everything may weigh, minified and compressed by gzip, in bytes. */
const MOST_BYTES = 81_000;
/** The same for one that names `phone(twilio)` and `websocket`. */
const MOST_BYTES_OF_TWO_WAYS = 65_000;
/** The same for one that names `phone(twilio)` alone. */
const MOST_BYTES_OF_ONE_CARRIER = 59_600;

/** Installed when it is first needed, and removed after the last test. */
const place: { installed?: Promise<Installed>; path?: string } = {};
const installed = () =>
  place.installed ??= installPackage().then((folder) => {
    place.path = folder.path;
    return folder;
  });
globalThis.addEventListener("unload", () => {
  if (place.path !== undefined) Deno.removeSync(place.path, { recursive: true });
});

const process = { page: true, webrtc: true, bare: true };
addTests("deno", serveWithDeno, { ...process, upgrades: false });
addTests("node", async () => await serveWithNode(await installed()), {
  ...process,
  upgrades: true,
});
addTests("bun", async () => await serveWithBun(await installed()), { ...process, upgrades: true });
addTests("workers", async () => await serveWithWorkerd(await installed()), {
  page: false,
  webrtc: false,
  bare: false,
  upgrades: true,
});

addMediaNodeTests(installed);
addProcessTests(installed);
addMountTests(installed);

Deno.test("workers: a call that is dialled is answered by a machine, and transferred", async () => {
  await using account = await openAccount("twilio");
  const { options: { environment = {} }, api } = account;
  const token = "a-start-token-of-the-test";
  const variables = { ...api.environment, PIPECAT_START_TOKEN: token };
  await using server = await serveWorker("dialling", await installed(), variables);
  const dial = await fetch(`${server.url}/dial`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "x-forwarded-host": "bot.test",
      "x-forwarded-proto": "https",
    },
    body: JSON.stringify({ transport: "twilio", to: THEIRS, from: OWN, machineDetection: true }),
  });
  const answer = await dial.text();
  const [dialled] = api.dialled;
  assert.ok(dialled?.answerUrl, `${dial.status} ${answer}`);
  const { pathname } = new URL(dialled.answerUrl);
  await using caller = await call(server.url, {
    carrier: "twilio",
    secret: environment.TWILIO_AUTH_TOKEN ?? "",
    path: pathname,
    callId: dialled.id,
    params: { CallStatus: "in-progress", Direction: "outbound-api" },
  });

  const machine = { AnsweredBy: "machine_start", MachineDetectionDuration: "900" };
  const target = { fetch: (request: Request) => fetch(request) };
  assert.equal(await account.tell(target, `${server.url}/twilio`, dialled.id, machine), 200);
  await caller.ended;
  assert.match(api.told.join(), /^transfer CA\w+ Number \+15557654321/);
});

Deno.test("workers: what fails is told on the console", async () => {
  const variables = { TWILIO_AUTH_TOKEN: "a secret" };
  await using server = await serveWorker("failing", await installed(), variables);

  const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws-client`);
  await new Promise((resolve) => socket.onclose = resolve);
  const forged = await fetch(`${server.url}/twilio`, { method: "POST", body: "CallSid=CA1" });
  await forged.body?.cancel();
  const printed = await server.end();

  assert.equal(forged.status, 403);
  assert.match(printed, /The bot of session \S+ failed: thrown by a bot/);
  assert.match(printed, /Refused a request that twilio did not sign/);
});

const RUNTIMES = [
  ["deno", Deno.execPath(), ["run", "-A", "--config", join(ROOT, "deno.json")]],
  ["node", tool("node"), []],
  ["bun", tool("bun"), []],
] as const;
for (const [runtime, command, args] of RUNTIMES) {
  Deno.test(`${runtime}: a server says why it cannot start, and ends with all its sockets`, async () => {
    const { path } = await installed();
    const fixture = join(
      runtime === "deno" ? join(ROOT, "tests/runtimes/fixtures") : path,
      "manners.ts",
    );

    const printed = await run(command, [...args, fixture], path);

    assert.deepEqual(JSON.parse(printed), {
      welcome: "welcome",
      file: true,
      forgedCall: 403,
      portInUse: "port_in_use",
      noCommandLine: true,
      noSuchHost: "host_not_available",
      closed: 1001,
      refused: true,
    });
  });
}

for (const [runtime, command, args] of RUNTIMES) {
  Deno.test(`${runtime}: a server that drains answers, serves whom it promised to, and ends`, async () => {
    const { path } = await installed();
    const folder = runtime === "deno" ? join(ROOT, "tests/runtimes/fixtures") : path;

    const printed = await run(command, [...args, join(folder, "drain.ts")], path);

    assert.deepEqual(JSON.parse(printed), {
      tooMany: 429,
      ready: [503, "draining"],
      live: 200,
      refused: [503, "5"],
      newcomer: false,
      echoed: "still there",
      before: false,
      after: false,
    });
  });
}

for (const [runtime, command, args] of RUNTIMES) {
  Deno.test(`${runtime}: what fails is told on the console, and harms no other`, async () => {
    const { path } = await installed();
    const folder = runtime === "deno" ? join(ROOT, "tests/runtimes/fixtures") : path;

    const printed = await run(command, [...args, join(folder, "survive.ts")], path);

    assert.deepEqual(JSON.parse(printed), {
      echoed: "still there",
      forged: 403,
      printed: [
        "A rejected promise was not handled: rejected, and nobody waits",
        "An error was not caught: thrown in a timer",
        "Refused a request that twilio did not sign, or signed for an address other than http://127.0.0.1…",
        "The bot of session … failed: thrown by a bot",
        "WebRTC cannot be loaded: no such module",
      ],
    });
  });
}

for (const runtime of ["node", "bun"] as const) {
  Deno.test(`the example for ${runtime} serves, and stops when it is told to`, async () => {
    const { path } = await installed();
    await Deno.copyFile(join(ROOT, `examples/${runtime}/server.ts`), join(path, `${runtime}.ts`));

    const server = await start(tool(runtime), [`${runtime}.ts`], path, { PORT: "0" });
    const page = await (await fetch(`${server.url}/client/`)).text();
    await using caller = await call(server.url, { carrier: "plivo" });
    await caller.say(sine(500, 8000, 0.3));
    const heard = loudPart(await hear(caller, 280));
    await caller[Symbol.asyncDispose]();
    const code = await server.stop("SIGTERM");

    assert.match(page, /<!doctype html>/i);
    assert.ok(heard.length > 2000);
    assert.equal(code, 0);
  });
}

/** A bot as it is written with an editor that knows the types; two mistakes are meant. */
const TYPED_BOT = `
import { createTransport, type RunnerArguments } from "@pipecat/runner";
import { fromPcm } from "@pipecat/runner/audio";
import { serve } from "@pipecat/runner/node";

async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  switch (args.transport) {
    case "webrtc": case "eval": break;
    case "websocket":
      for await (const message of args.websocket.readable) console.log(message.length);
      break;
    case "twilio": case "telnyx": case "plivo": case "exotel": case "vonage": case "asterisk":
      console.log(args.callData.from);
      break;
    case "daily": console.log(args.roomUrl); break;
    case "livekit": console.log(args.url); break;
    default: args satisfies never;
  }
  // @ts-expect-error: not every session has a room
  console.log(args.roomUrl);
  for await (const frame of transport.readable) if (frame.type === "audio") break;
  for await (const samples of transport.audio({ sampleRate: 16_000 })) samples satisfies Int16Array;
  for await (const text of transport.audio({ encoding: "base64" })) text satisfies string;
  for await (const message of transport.rtvi.messages) console.log(message.type);
  const speech = new Response().body?.pipeThrough(fromPcm({ sampleRate: 24_000 }));
  if (speech) await transport.say(speech).done;
  await transport.readable.pipeTo(transport.writable);
}

// @ts-expect-error: a port is a number
await serve(bot, { port: "0" });
`;

for (const resolution of ["bundler", "nodenext"]) {
  Deno.test(`tsc finds the types of the package and of what it needs (${resolution})`, async () => {
    const { path } = await installed();
    await Deno.writeTextFile(join(path, "typed.ts"), TYPED_BOT);
    const options = {
      types: "node",
      typeRoots: fileURLToPath(new URL("tools/node_modules/@types", import.meta.url)),
      target: "es2023",
      // As of a browser's editor: its streams cannot be iterated, if nobody says so.
      lib: "es2024,esnext.disposable,dom,dom.iterable",
      module: resolution === "bundler" ? "esnext" : resolution,
      moduleResolution: resolution,
    };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);

    await run(tool("tsc"), ["--noEmit", "--strict", ...flags, "typed.ts"], path);
  });
}

Deno.test("the example for Workers is small, and holds nothing that they have no use for", async () => {
  const { path } = await installed();
  for (const name of ["worker.ts", "wrangler.jsonc"]) {
    await Deno.copyFile(join(ROOT, "examples/workers", name), join(path, name));
  }

  const useless =
    /werift|opus|node_modules\/ws\/|node-server|src\/(cli|client|demo)\/|nodes\/(front|forwarder|nodes|probed_nodes|entrance|fleet_)|ways\/(whatsapp|webrtc|livekit\/(transport|ear|room)|daily\/waiting_call)|\/transports\/peer_transport/;
  await weigh(path, { useless, most: MOST_BYTES });
});

/** Workers that name their ways in: what they need not hold, and the most that they weigh. */
const NAMING = [
  {
    ways: ["phone(twilio)", "websocket"],
    useless:
      /src\/cli\/|ways\/(daily|livekit|whatsapp|webrtc|phone\/dial)|carriers\/(telnyx|plivo|exotel|vonage|asterisk)\./,
    most: MOST_BYTES_OF_TWO_WAYS,
  },
  {
    ways: ["phone(twilio)"],
    useless: /ways\/websocket|serializers|rtvi\/(endpoint|parse)/,
    most: MOST_BYTES_OF_ONE_CARRIER,
  },
];
for (const { ways, useless, most } of NAMING) {
  Deno.test(`a Worker that names ${ways.join(" and ")} holds no other way in`, async () => {
    const { path } = await installed();
    const example = await Deno.readTextFile(join(ROOT, "examples/workers/worker.ts"));
    const named = example
      .replace("worker }", "phone, twilio, websocket, workerWith }")
      .replace("worker<Bindings>(bot", `workerWith<Bindings>([${ways}], bot`);
    assert.ok(named.includes("workerWith<Bindings>(["));
    await Deno.writeTextFile(join(path, "worker.ts"), named);
    const config = "examples/workers/wrangler.jsonc";
    await Deno.copyFile(join(ROOT, config), join(path, "wrangler.jsonc"));

    await weigh(path, { useless, most });
  });
}

/** Bundles `worker.ts` in a folder, and checks what the bundle holds and how much it is. */
async function weigh(
  path: string,
  { useless, most }: { readonly useless: RegExp; readonly most: number },
): Promise<void> {
  await run(tool("wrangler"), ["deploy", "--dry-run", "--outdir=out", "--metafile"], path);

  const { inputs, outputs }: Metafile = JSON.parse(
    await Deno.readTextFile(join(path, "out/bundle-meta.json")),
  );
  const bundle = Object.values(outputs).find(({ entryPoint }) => entryPoint === "worker.ts");
  assert.ok(bundle);
  assert.deepEqual(bundle.imports, []);
  // What is imported by import() is wrapped with all that it needs, and cannot be left out.
  const later = Object.entries(inputs).filter(([, { imports }]) =>
    imports.some(({ kind }) => kind === "dynamic-import")
  );
  assert.deepEqual(later.map(([name]) => name), []);
  const compressed = await gzip(await Deno.readFile(join(path, "out/worker.js")));
  console.log(`The Worker weighs ${compressed} bytes, compressed`);
  // Of a module that nothing uses, the line that makes its logger is left.
  const held = Object.entries(bundle.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 99);
  assert.deepEqual(held.map(([name]) => name).filter((name) => useless.test(name)), []);
  assert.ok(
    compressed <= most,
    `${compressed} bytes are more than ${most}. Heaviest, before compression:\n` +
      heaviest(bundle).join("\n"),
  );
}

/** As much as is read of what a bundler tells about its bundle. */
interface Metafile {
  readonly inputs: Readonly<
    Record<string, { readonly imports: readonly { readonly kind: string }[] }>
  >;
  readonly outputs: Readonly<Record<string, Output>>;
}

interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly unknown[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

/** The largest parts of a bundle: packages and folders of this one. */
function heaviest({ inputs }: Output): string[] {
  const parts = new Map<string, number>();
  for (const [name, { bytesInOutput }] of Object.entries(inputs)) {
    const file = name.slice(name.lastIndexOf("node_modules/") + "node_modules/".length);
    const [part = file] = /^(@pipecat\/runner\/src\/[^/]+|@[^/]+\/[^/]+|[^/]+)/.exec(file) ?? [];
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  const sorted = [...parts].sort(([, one], [, other]) => other - one);
  return sorted.slice(0, 12).map(([part, bytes]) => `${String(bytes).padStart(7)} ${part}`);
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}
