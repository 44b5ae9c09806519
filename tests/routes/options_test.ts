import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import { createRunner } from "../../src/runner.ts";
import type { RunnerOptions } from "../../src/runner_options.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { forwardedWebrtc, websocket, worker, workerWith } from "../../src/runtimes/workers.ts";

const bot = () => {};

/** Options that are wrong, as JavaScript can give them, and what the error says. */
const WRONG: readonly [options: object, message: RegExp][] = [
  [
    { publicUrl: "https://bot.test/path" },
    /^The option publicUrl takes an origin.*bot\.test\/path"/,
  ],
  [{ publicUrl: "https://user:word@bot.test" }, /publicUrl takes/],
  [{ publicUrl: "ftp://bot.test" }, /publicUrl takes/],
  [{ publicUrl: "" }, /publicUrl takes/],
  [{ publicUrl: 5 }, /publicUrl takes an origin.*, not 5\.$/],
  [{ allowedOrigins: ["https://app.test/path"] }, /allowedOrigins\[0\] takes/],
  [{ allowedOrigins: ["*", "app.test"] }, /allowedOrigins\[1\] takes/],
  [{ allowedOrigins: "https://app.test" }, /allowedOrigins takes a list/],
  [{ allowedHosts: ["https://bot.test"] }, /allowedHosts\[0\] takes a name/],
  [{ allowedHosts: ["bot.test:7860"] }, /allowedHosts\[0\] takes a name/],
  [{ mediaNodes: ["media1.test"], secret: "a secret of two runners" }, /mediaNodes\[0\] takes/],
  [{ transport: "webrct" }, /transport takes webrtc or .*, not "webrct"\.$/],
  [{ wsAuth: "none" }, /wsAuth takes token, not "none"/],
  [{ limits: { maxSessions: -1 } }, /limits\.maxSessions takes a whole number from 1/],
  [{ limits: { maxDurationMs: NaN } }, /limits\.maxDurationMs takes .*, not NaN/],
  [{ limits: { startsPerMinute: Infinity } }, /limits\.startsPerMinute takes/],
  [{ publicUri: "https://bot.test" }, /There is no option 'publicUri'/],
];

/** The same for what Workers do not have, or take as it is. */
const WRONG_OF_HOSTS: readonly [options: object, message: RegExp][] = [
  [{ iceServers: "stun:s.test" }, /iceServers takes a list .* function/],
  [{ iceServers: [{ url: "stun:s.test" }] }, /^iceServers\[0\] has a field that is unknown: url/],
  [{ iceServers: [{ urls: ["https://s.test"] }] }, /^iceServers\[0\]: each of its urls/],
  [{ secret: "short", mediaNodes: ["https://m.test"] }, /secret.*needs at least 16 characters/],
  [{ startToken: "" }, /startToken takes a non-empty string\.$/],
  [{ startToken: "two words" }, /startToken.* has only letters/],
  [{ trustProxy: "yes" }, /trustProxy takes true or false/],
  [{ insecureCarriers: ["twillio"] }, /insecureCarriers\[0\] takes twilio or /],
  [{ daily: { roomEnd: "remove" } }, /daily\.roomEnd takes delete or expire/],
  [{ daily: { properties: "all" } }, /daily\.properties takes a list/],
  [{ onCall: true }, /onCall takes a function/],
  [{ store: new Map() }, /store takes a SessionStore/],
  [{ use: [() => {}] }, /use\[0\] takes a feature/],
  [{ webrtc: true }, /webrtc takes a WebRTC stack, or false/],
  [{ files: "./public" }, /files takes what fileFolder\(path\) returns/],
  [{ limits: { maxSesions: 3 } }, /'limits\.maxSesions'\. Did you mean 'maxSessions'\?/],
  [{ trustProxi: true }, /'trustProxi'\. Did you mean 'trustProxy'\?/],
];

/** The same for servers. */
const WRONG_OF_SERVERS: readonly [options: object, message: RegExp][] = [
  [{ port: 70_000 }, /port takes a whole number from 0 to 65535, not 70000/],
  [{ port: "7860" }, /port takes .*, not "7860"/],
  [{ udpPorts: [50_100, 50_000] }, /udpPorts takes the first and the last port/],
  [{ udpPorts: [0, 50_000] }, /udpPorts takes/],
  [{ udpPorts: [50_000, 65_536] }, /udpPorts takes/],
  [{ udpPorts: [50_000] }, /udpPorts takes/],
  [{ publicAddresses: ["bot.test"] }, /publicAddresses\[0\] takes an IP address/],
  [{ metricsToken: "short" }, /metricsToken.* needs 16 characters/],
  [{ hostname: "" }, /hostname takes/],
  [{ udpPort: [2, 1] }, /udpPort takes the first and the last port/],
  [{ udpPort: 70_000 }, /udpPort takes a whole number from 0 to 65535/],
  [{ tcpPort: "7861" }, /tcpPort takes/],
  [{ udpPrts: [1, 2] }, /'udpPrts'\. Did you mean 'udpPorts'\?/],
];

const matches = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RunnerError);
  assert.equal(error.code, "bad_option");
  assert.match(error.message, message);
  return true;
};

for (const [options, message] of [...WRONG, ...WRONG_OF_HOSTS]) {
  Deno.test(`createRunner refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => createRunner(bot, options), matches(message));
  });
}

for (const [options, message] of [...WRONG, ...WRONG_OF_HOSTS, ...WRONG_OF_SERVERS]) {
  Deno.test(`serve refuses ${JSON.stringify(options)}`, async () => {
    const given = { hostname: "127.0.0.1", port: 0, webrtc: false, ...options } as const;
    await assert.rejects(serve(bot, given), matches(message));
  });
}

const STATUS = new Request("https://bot.test/status");
const context = { waitUntil() {} };

for (const [options, message] of WRONG) {
  Deno.test(`a Worker refuses ${JSON.stringify(options)}`, async () => {
    const ways = [forwardedWebrtc(), websocket];
    const { fetch } = workerWith(ways, bot, () => options);

    await assert.rejects(fetch(STATUS, {}, context), matches(message));
  });
}

Deno.test("a Worker whose media nodes have no way to them says which to name", async () => {
  const options = { mediaNodes: ["https://m.test"], secret: "a secret of two runners" };
  const ofPhones = { ...options, transport: "twilio" } as const;

  const mistaken = worker(bot, () => options).fetch(STATUS, {}, context);
  const { status } = await worker(bot, () => ofPhones).fetch(STATUS, {}, context);

  await assert.rejects(mistaken, matches(/forwardedWebrtc\(\)/));
  assert.equal(status, 200);
});

Deno.test("options are read as people write them", async () => {
  const runner = createRunner(bot, {
    publicUrl: " bot.test/",
    allowedOrigins: ["https://APP.test/", "capacitor://localhost"],
    allowedHosts: ["Other.Test"],
  });
  const from = (origin: string) =>
    runner.fetch(new Request("https://bot.test/status", { headers: { origin } }));

  assert.equal((await from("https://app.test")).status, 200);
  assert.equal((await from("capacitor://localhost")).status, 200);
  assert.equal((await from("https://strange.test")).status, 403);
  assert.equal((await runner.fetch(new Request("http://other.test/status"))).status, 200);
  await runner.close();
});

Deno.test("an option that is undefined has its default, and false is off whatever the default", async () => {
  const absent: object = {
    publicUrl: undefined,
    limits: { maxSessions: undefined },
    use: undefined,
  };
  const environment = { PIPECAT_START_TOKEN: "pk_of_the_environment" };
  const start = async (options: RunnerOptions) => {
    const runner = createRunner(bot, { ...absent, environment, ...options });
    const { status } = await runner.fetch(
      new Request("http://localhost/start", { method: "POST" }),
    );
    await runner.close();
    return status;
  };

  assert.equal(await start({}), 401);
  assert.notEqual(await start({ startToken: false }), 401);
});
