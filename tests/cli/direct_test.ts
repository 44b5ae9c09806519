import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { dailyServer } from "../support/daily_server.ts";
import { folderWith, run, start } from "./child.ts";

const TELLING_BOT = `
export function bot({ transport, roomUrl, token, body, sessionId, cliArgs }) {
  console.log(JSON.stringify({ transport, roomUrl, token, body, sessionId, cliArgs }));
}`;
const WAITING_BOT = `
export async function bot({ signal }) {
  console.log("The bot is there.");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  console.log("The bot leaves.");
}`;

Deno.test("--direct runs the bot in a room of its own, and ends with it", async () => {
  await using daily = dailyServer();
  await using folder = await folderWith({ "bot.ts": TELLING_BOT });

  const { code, stdout } = await run(["-d", "bot.ts", "--voice", "anna"], {
    cwd: folder.path,
    env: daily.environment,
  });

  const args = JSON.parse(/^\{.*\}$/m.exec(stdout)?.[0] ?? "{}");
  const [room] = daily.rooms.values();
  assert.equal(code, 0);
  assert.equal(args.transport, "daily");
  assert.equal(args.roomUrl, `https://example.daily.co/${room?.name}`);
  assert.match(args.token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.deepEqual([args.body, args.cliArgs], [{}, { voice: "anna" }]);
  assert.match(args.sessionId, /^[0-9a-f-]{36}$/);
  assert.match(stdout, new RegExp(`The bot is joining ${args.roomUrl}\n`));
});

Deno.test("--direct takes the room of DAILY_ROOM_URL", async () => {
  await using daily = dailyServer();
  await using folder = await folderWith({ "bot.ts": TELLING_BOT });
  const DAILY_ROOM_URL = "https://example.daily.co/standing";

  const { stdout } = await run(["bot.ts", "--direct", "-t", "daily"], {
    cwd: folder.path,
    env: { ...daily.environment, DAILY_ROOM_URL },
  });

  assert.match(stdout, /"roomUrl":"https:\/\/example\.daily\.co\/standing"/);
  assert.equal(daily.rooms.size, 0);
});

Deno.test("Ctrl-C tells a bot in a room to leave", async () => {
  await using daily = dailyServer();
  await using folder = await folderWith({ "bot.ts": WAITING_BOT });
  const options = { cwd: folder.path, env: daily.environment, ready: "The bot is there." };
  await using cli = await start(["-d", "bot.ts"], options);

  cli.kill("SIGINT");
  const { code, stdout } = await cli.ended;

  assert.equal(code, 0);
  assert.match(stdout, /The bot leaves\./);
});

Deno.test("a bot that fails in its room makes the process fail", async () => {
  await using daily = dailyServer();
  await using folder = await folderWith({
    "bot.ts": `export function bot() { throw new Error("broken on purpose"); }`,
  });

  const { code, stderr } = await run(["-d", "bot.ts"], {
    cwd: folder.path,
    env: daily.environment,
  });

  assert.equal(code, 1);
  assert.match(stderr, /broken on purpose/);
});

Deno.test("without a key Daily is refused in one line, with a server and without", async () => {
  await using folder = await folderWith({ "bot.ts": TELLING_BOT });

  for (const args of [["-d", "bot.ts"], ["-t", "daily", "bot.ts", "--port", "0"]]) {
    const { code, stdout, stderr } = await run(args, { cwd: folder.path });

    assert.equal(code, 1);
    assert.match(stdout + stderr, /Daily needs a key: set DAILY_API_KEY/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

Deno.test("-t daily names the address that makes a room, and that of dial-in", async () => {
  await using daily = dailyServer();
  await using folder = await folderWith({ "bot.ts": TELLING_BOT });
  const options = { cwd: folder.path, env: daily.environment };
  const args = ["-t", "daily", "bot.ts", "--port", "0", "-x", "my.example.com"];
  await using cli = await start(args, options);
  await using quiet = await start([...args, "--no-dialin"], options);

  const probe = { method: "POST", body: `{"test":"test"}` };
  const [on, off] = await Promise.all(
    [cli, quiet].map(({ url }) => fetch(`${url}/daily-dialin-webhook`, probe)),
  );
  const visit = await fetch(`${cli.url}/daily`, { redirect: "manual" });
  for (const response of [on, off, visit]) await response?.body?.cancel();
  cli.kill("SIGTERM");
  quiet.kill("SIGTERM");
  const [{ stdout }, { stdout: other }] = await Promise.all([cli.ended, quiet.ended]);

  assert.deepEqual([on?.status, off?.status, visit.status], [200, 404, 307]);
  assert.match(stdout, /Daily +http:\/\/localhost:\d+\/daily\n/);
  assert.match(stdout, /Dial-in +https:\/\/my\.example\.com\/daily-dialin-webhook\n/);
  assert.match(stdout, /Transports +daily\n/);
  assert.doesNotMatch(other, /Dial-in/);
});

Deno.test("the flags of Daily are read", () => {
  const parse = (...args: string[]) => {
    const { transport, direct, daily } = parseCommandLine(args, { bot: true });
    return { transport, direct, daily };
  };

  assert.deepEqual(parse("-d", "bot.ts"), {
    transport: "daily",
    direct: true,
    daily: undefined,
  });
  assert.deepEqual(parse("bot.ts", "-t", "daily", "--no-dialin").daily, { dialin: false });
  assert.deepEqual(parse("bot.ts", "--dialin").daily, { dialin: true });
  assert.equal(parse("bot.ts", "-t", "daily").daily, undefined);
  assert.throws(() => parse("-d", "-t", "webrtc", "bot.ts"), {
    code: "usage",
    message: "--direct joins a Daily room, so it cannot go with -t webrtc.",
  });
});
