import assert from "node:assert/strict";
import { AccessToken, TokenVerifier } from "livekit-server-sdk";
import type { LiveKitRunnerArguments } from "../../src/core/bot.ts";
import { RunnerError } from "../../src/core/error.ts";
import { configureLiveKit } from "../../src/ways/livekit/configure.ts";
import { signToken } from "../../src/core/jwt.ts";
import { createRunner, type Runner } from "../../src/runner.ts";

const ENVIRONMENT = {
  LIVEKIT_URL: "wss://you.livekit.cloud",
  LIVEKIT_API_KEY: "APIkey",
  LIVEKIT_API_SECRET: "a-secret-of-at-least-32-characters",
};
const SESSION = "0b9c8f0e-6c1e-4d53-9a0e-1d1f3b0c7a11";
/** What Pipecat's `generate_session_tokens` signs for this session, with `livekit-api`. */
const PIPECAT = {
  agent: {
    name: "Pipecat Agent-0b9c8f0e",
    video: {
      roomJoin: true,
      room: "room-1",
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      agent: true,
    },
    sub: "Pipecat Agent-0b9c8f0e",
    iss: "APIkey",
    nbf: 1795439544,
    exp: 1795461144,
  },
  user: {
    name: "User-0b9c8f0e",
    video: {
      roomJoin: true,
      room: "room-1",
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
    },
    sub: "User-0b9c8f0e",
    iss: "APIkey",
    nbf: 1795439544,
    exp: 1795461144,
  },
};

function decode(token: string): { header: unknown; claims: Record<string, unknown> } {
  const [header = "", claims = ""] = token.split(".").map((part) =>
    new TextDecoder().decode(Uint8Array.fromBase64(part, { alphabet: "base64url" }))
  );
  return { header: JSON.parse(header), claims: JSON.parse(claims) };
}

/** Claims with the times as they are from now: when they were made does not count. */
function timeless({ nbf, exp, ...claims }: Record<string, unknown>): Record<string, unknown> {
  return { ...claims, lasts: Number(exp) - Number(nbf) };
}

function startRequest(body: unknown): Request {
  return new Request("http://bot.test/start", { method: "POST", body: JSON.stringify(body) });
}

async function transports(runner: Runner): Promise<string[]> {
  const response = await runner.fetch(new Request("http://bot.test/status"));
  return (await response.json()).transports;
}

Deno.test("both tokens claim what Pipecat's claim", async () => {
  const before = Math.floor(Date.now() / 1000);

  const config = await configureLiveKit({
    environment: ENVIRONMENT,
    roomName: "room-1",
    sessionId: SESSION,
  });

  for (
    const [token, expected] of [[config.token, PIPECAT.agent], [config.userToken, PIPECAT.user]]
  ) {
    const { header, claims } = decode(token as string); // the pairs above
    assert.deepEqual(header, { alg: "HS256", typ: "JWT" });
    assert.deepEqual(timeless(claims), timeless(expected as Record<string, unknown>));
    assert.ok(Number(claims.nbf) - before <= 1);
  }
});

Deno.test("both tokens pass the verifier of LiveKit's own SDK, and no other secret does", async () => {
  const config = await configureLiveKit({ environment: ENVIRONMENT, sessionId: SESSION });
  const { LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = ENVIRONMENT;

  const agent = await new TokenVerifier(key, secret).verify(config.token);
  const user = await new TokenVerifier(key, secret).verify(config.userToken);

  assert.equal(agent.video?.agent, true);
  assert.equal(user.video?.agent, undefined);
  assert.equal(user.video?.room, config.roomName);
  assert.match(config.roomName, /^pipecat-[0-9a-f]{8}$/);
  await assert.rejects(new TokenVerifier(key, `${secret}!`).verify(config.token));
});

Deno.test("the same claims are written as LiveKit's own SDK writes them", async () => {
  const { LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = ENVIRONMENT;
  const sdk = new AccessToken(key, secret, { identity: "Zoë €", name: "Zoë €", ttl: 21_600 });
  sdk.addGrant({ roomJoin: true, room: "r" });
  const theirs = await sdk.toJwt();

  const ours = await signToken(decode(theirs).claims, secret);

  // The headers differ: the SDK's has no `typ`.
  assert.equal(ours.split(".")[1], theirs.split(".")[1]);
  assert.equal((await new TokenVerifier(key, secret).verify(ours)).sub, "Zoë €");
});

Deno.test("POST /start answers with the user's token and starts the bot with its own", async () => {
  const started = Promise.withResolvers<LiveKitRunnerArguments>();
  const runner = createRunner((args) => {
    if (args.transport === "livekit") started.resolve(args);
  }, { environment: { ...ENVIRONMENT, LIVEKIT_ROOM_NAME: "lobby" } });

  const response = await runner.fetch(startRequest({ transport: "livekit", body: { a: 1 } }));

  const answer = await response.json();
  assert.deepEqual(Object.keys(answer), ["url", "token", "sessionId"]);
  assert.equal(answer.url, ENVIRONMENT.LIVEKIT_URL);
  assert.equal(response.headers.get("x-session-id"), answer.sessionId);
  const args = await started.promise;
  assert.equal(args.sessionId, answer.sessionId);
  assert.equal(args.roomName, "lobby");
  assert.equal(args.url, answer.url);
  assert.deepEqual(args.body, { a: 1 });
  const suffix = answer.sessionId.slice(0, 8);
  assert.equal(decode(answer.token).claims.sub, `User-${suffix}`);
  assert.equal(decode(args.token).claims.sub, `Pipecat Agent-${suffix}`);
  await runner.close();
});

Deno.test("LiveKit is on only with an account, and what is missing is named", async () => {
  const { LIVEKIT_API_SECRET: _, ...incomplete } = ENVIRONMENT;
  const on = createRunner(() => {}, { environment: ENVIRONMENT });
  const off = createRunner(() => {}, { environment: incomplete });
  const bare = createRunner(() => {});

  assert.ok((await transports(on)).includes("livekit"));
  assert.ok(!(await transports(off)).includes("livekit"));
  const answers = await Promise.all([off, bare].map(async (runner) => {
    const response = await runner.fetch(startRequest({ transport: "livekit" }));
    return [response.status, (await response.json()).detail];
  }));
  assert.deepEqual(answers, [
    [500, "LiveKit needs an account: set LIVEKIT_API_SECRET."],
    [500, "LiveKit needs an account: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET."],
  ]);
});

Deno.test("a runner for LiveKit alone does not start without an account", () => {
  const code = (environment: Record<string, string>) => {
    try {
      createRunner(() => {}, { transport: "livekit", environment });
    } catch (error) {
      return error instanceof RunnerError ? error.code : error;
    }
  };

  assert.equal(code({}), "no_credentials");
  assert.equal(code({ ...ENVIRONMENT, LIVEKIT_URL: "you.livekit.cloud" }), "bad_environment");
  assert.equal(code(ENVIRONMENT), undefined);
});
