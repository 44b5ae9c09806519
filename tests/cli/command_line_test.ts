import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { complaint, parse } from "./parsed.ts";

Deno.test("without options it listens on localhost:7860, for every transport", () => {
  assert.deepEqual(parse("bot.ts"), {
    bots: ["bot.ts"],
    cliArgs: {},
    hostname: "localhost",
    port: 7860,
    publicAddresses: [],
    iceServers: [],
    allowedOrigins: [],
    allowedHosts: [],
    limits: {},
    log: "text",
    drainMs: 25_000,
    esp32: false,
    verbose: 0,
  });
});

Deno.test("limits come from options and from the environment, side by side", () => {
  const environment = { PIPECAT_MAX_SESSIONS: "50", PIPECAT_DRAIN_SECONDS: "600" };

  const { limits, drainMs } = parseCommandLine(
    "bot.ts --max-duration 3600 --max-idle=12.5 --start-rate 6 --max-sessions 20".split(" "),
    { bot: true, environment },
  );

  assert.deepEqual(limits, {
    maxSessions: 20,
    maxDurationMs: 3_600_000,
    maxIdleMs: 12_500,
    startsPerMinute: 6,
  });
  assert.equal(drainMs, 600_000);
  assert.equal(parse("bot.ts --drain 0").drainMs, 0);
});

Deno.test("a rate of 0 limits nobody", () => {
  assert.deepEqual(parse("bot.ts --start-rate 0").limits, { startsPerMinute: false });
});

Deno.test("the start token comes from an option or the environment; it is no part of a complaint", () => {
  const environment = { PIPECAT_START_TOKEN: "pk_of_the_environment" };
  assert.equal(parse("bot.ts --start-token pk_one,pk_two").startToken, "pk_one,pk_two");
  assert.deepEqual(parse("bot.ts --dial-prefixes +1555,+49").dialPrefixes, ["+1555", "+49"]);
  assert.equal(parse("bot.ts --dial-prefixes all").dialPrefixes, true);
  assert.match(
    complaint("bot.ts --dial-prefixes 1555"),
    /Give prefixes such as \+1555,\+49, or all/,
  );
  assert.equal(
    parseCommandLine(["bot.ts"], { bot: true, environment }).startToken,
    "pk_of_the_environment",
  );
  assert.equal(parse("bot.ts --trust-proxy").trustProxy, true);
});

Deno.test("properties of Daily that start requests may set are named, or all are open", () => {
  const named = parse(
    "bot.ts -t daily --no-dialin --daily-properties enable_recording,enable_dialout",
  );
  assert.deepEqual(named.daily, {
    dialin: false,
    properties: ["enable_recording", "enable_dialout"],
  });
  assert.deepEqual(parse("bot.ts --daily-properties all").daily, { properties: true });
  assert.match(complaint("bot.ts --daily-properties a,,b"), /Give names such as enable_recording/);
});

Deno.test("a limit that is no number is refused with an example", () => {
  assert.match(complaint("bot.ts --max-sessions 0"), /Give a whole number, 1 or more\./);
  assert.match(complaint("bot.ts --start-rate 1.5"), /Give a whole number, 1 or more\./);
  assert.match(complaint("bot.ts --max-idle 1m"), /Give a number of seconds, such as 60\./);
  assert.match(complaint("bot.ts --drain 3000000"), /Give a number of seconds, such as 60\./);
});

Deno.test("options may stand on both sides of the bot file", () => {
  const before = parse("--host 127.0.0.1 -t webrtc --port 7000 bot.ts");
  const around = parse("--host 127.0.0.1 bot.ts --port=7000 -t webrtc");

  assert.deepEqual(before.bots, ["bot.ts"]);
  assert.equal(before.port, 7000);
  assert.equal(before.transport, "webrtc");
  assert.deepEqual(around, before);
});

Deno.test("a proxy becomes the public origin", () => {
  assert.equal(parse("bot.ts -x my.example.com").publicUrl, "https://my.example.com");
  assert.equal(parse("bot.ts --proxy https://my.example.com/").publicUrl, "https://my.example.com");
  assert.match(
    complaint("bot.ts -x my.example.com/path"),
    /'my\.example\.com\/path' is invalid\. Give a public host name/,
  );
});

Deno.test("-v counts", () => {
  assert.deepEqual(
    ["bot.ts", "-v bot.ts", "bot.ts -vv", "-v bot.ts -v"].map((line) => parse(line).verbose),
    [0, 1, 2, 2],
  );
});

Deno.test("short flags may be joined, and the last may bring its value", () => {
  const joined = parse("-vvxmy.example.com bot.ts");
  const apart = parse("bot.ts -vx my.example.com");

  assert.deepEqual([joined.verbose, joined.publicUrl, joined.bots[0]], [
    2,
    "https://my.example.com",
    "bot.ts",
  ]);
  assert.deepEqual([apart.verbose, apart.publicUrl], [1, "https://my.example.com"]);
  assert.match(complaint("bot.ts -vq"), /Unknown option -vq\./);
});

Deno.test("phone calls from Daily are taken or not, as was said last", () => {
  const said = ["bot.ts", "bot.ts --dialin", "bot.ts --no-dialin", "--no-dialin bot.ts --dialin"]
    .map((line) => parse(line).daily?.dialin);

  assert.deepEqual(said, [undefined, true, false, true]);
});

Deno.test("--direct means Daily, and nothing else", () => {
  assert.deepEqual([parse("-d bot.ts").direct, parse("-d bot.ts").transport], [true, "daily"]);
  assert.match(complaint("-d bot.ts -t webrtc"), /--direct .* cannot go with -t webrtc\.$/);
});

Deno.test("a list ends at the bot file, wherever that stands", () => {
  const servers = [{ urls: ["stun:a.example"] }, { urls: ["turns:b.example"] }];
  for (
    const line of [
      "bot.ts --ice-servers stun:a.example turns:b.example",
      "--ice-servers stun:a.example turns:b.example bot.ts",
      "--ice-servers stun:a.example turns:b.example -- bot.ts",
      "--ice-servers stun:a.example,turns:b.example bot.ts",
      "--ice-servers=stun:a.example bot.ts --ice-servers turns:b.example",
    ]
  ) {
    const { bots: [bot], iceServers } = parse(line);
    assert.deepEqual({ bot, iceServers }, { bot: "bot.ts", iceServers: servers }, line);
  }
});

Deno.test("a list of origins ends at a bot file, even one at a URL", () => {
  const { bots: [bot], allowedOrigins } = parse(
    "--allowed-origins https://a.example http://b.example:81/ https://c.example/bot.ts",
  );

  assert.deepEqual(allowedOrigins, ["https://a.example", "http://b.example:81"]);
  assert.equal(bot, "https://c.example/bot.ts");
});

Deno.test("all pages may be let in, and the runner may have more names", () => {
  assert.deepEqual(parse("--allowed-origins * bot.ts").allowedOrigins, ["*"]);
  const { bots: [bot], allowedHosts } = parse("--allowed-hosts bot.lan,*.example.com bot.ts");
  assert.deepEqual([bot, allowedHosts], ["bot.ts", ["bot.lan", "*.example.com"]]);
  assert.deepEqual(parse("bot.ts", true, { PIPECAT_ALLOWED_HOSTS: "bot.lan" }).allowedHosts, [
    "bot.lan",
  ]);
  for (const wrong of ["https://bot.lan", "bot.lan:7860", "a b", "*", "bot..lan", "[::1]"]) {
    assert.match(complaint(`--allowed-hosts ${wrong.replace(" ", "_/")} bot.ts`), /allowed-hosts/);
  }
});

Deno.test("a base path is a plain path, from an option or a variable", () => {
  assert.equal(parse("--base-path voice/ bot.ts").basePath, "/voice");
  assert.equal(parse("bot.ts", true, { PIPECAT_BASE_PATH: "/a/b" }).basePath, "/a/b");
  assert.match(complaint("--base-path /:id bot.ts"), /such as \/voice/);
});

Deno.test("media nodes are origins, from a list or a variable", () => {
  const variables = { PIPECAT_MEDIA_NODES: "https://a.example, http://10.0.0.7:7860" };

  assert.deepEqual(parse("bot.ts", true, variables).mediaNodes, [
    "https://a.example",
    "http://10.0.0.7:7860",
  ]);
  assert.deepEqual(parse("--media-nodes https://b.example/ bot.ts").mediaNodes, [
    "https://b.example",
  ]);
  assert.equal(parse("bot.ts").mediaNodes, undefined);
});

Deno.test("ICE servers may be JSON, and what is secret in it is never repeated", () => {
  const turn = `{"urls":"turn:t.example","username":"u","credential":"hunter2"}`;

  assert.deepEqual(parseCommandLine(["bot.ts", "--ice-servers", turn], { bot: true }).iceServers, [
    { urls: ["turn:t.example"], username: "u", credential: "hunter2" },
  ]);
  const bad = turn.replace("turn:t", "trun:t").replaceAll(" ", "");
  assert.doesNotMatch(complaint(`bot.ts --ice-servers ${bad}`), /hunter2/);
});

Deno.test("a coturn has URLs, and a secret that is no flag", () => {
  const variables = { TURN_SECRET: "s3cret", TURN_URLS: "turn:a.example" };
  const line = "--turn-urls turn:b.example,stun:b.example turns:c.example bot.ts";

  assert.deepEqual(parse("bot.ts", true, variables).turnUrls, ["turn:a.example"]);
  assert.deepEqual(parse(line, true, variables).turnUrls, [
    "turn:b.example",
    "stun:b.example",
    "turns:c.example",
  ]);
  assert.match(complaint("bot.ts --turn-urls turn:a.example"), /needs TURN_SECRET/);
  assert.match(complaint("bot.ts --turn-urls https://a.example"), /Give URLs such as turn:/);
});

Deno.test("a misspelt flag is refused with the one that was meant", () => {
  assert.match(complaint("bot.ts --prot 7000"), /--prot\. Did you mean --port\?.* after --/);
  assert.match(complaint("--hots 127.0.0.1 bot.ts"), /Did you mean --host\?/);
  assert.match(complaint("bot.ts --ice-server stun:a"), /Did you mean --ice-servers\?/);
  assert.match(complaint("bot.ts --allowed-orgins=x"), /Did you mean --allowed-origins\?/);
  assert.match(complaint("bot.ts -p 7000"), /Unknown option -p/);
});

Deno.test("a wrong value is named with its option and what that takes", () => {
  assert.match(complaint("bot.ts --port x"), /--port.*'x'.*0 to 65535/);
  assert.match(complaint("bot.ts --port 65536"), /0 to 65535/);
  assert.match(complaint("bot.ts --port"), /--port.*missing\.$/);
  assert.match(complaint("bot.ts -t smoke"), /--transport.*'smoke'.*webrtc/);
  assert.match(complaint("bot.ts --ice-servers foo"), /stun:/);
  assert.match(complaint("bot.ts --allowed-origins example.com"), /https:\/\/example\.com/);
  assert.match(complaint("bot.ts --udp-ports 9-8"), /50000-50100/);
  assert.match(complaint("bot.ts --esp32=yes"), /--esp32.*takes no argument\.$/);
  assert.match(complaint("bot.ts extra"), /Unexpected argument "extra"/);
});

Deno.test("the UDP port is a number, or the first that is free of some; UDP ports are some", () => {
  assert.equal(parse("bot.ts --udp-port 7860").udpPort, 7860);
  assert.equal(parse("bot.ts").udpPort, undefined);
  assert.deepEqual(parse("bot.ts --udp-port 7860-7867").udpPort, [7860, 7867]);
  assert.match(complaint("bot.ts --udp-port x"), /0 to 65535/);
  assert.deepEqual(parse("bot.ts --udp-ports 50000-50100").udpPorts, [50_000, 50_100]);
});

Deno.test("public addresses are IP addresses, from options or the environment", () => {
  assert.deepEqual(parse("bot.ts").publicAddresses, []);
  const given = parse("--public-addresses 203.0.113.5 2001:db8::5 bot.ts --fast");
  assert.deepEqual(given.publicAddresses, ["203.0.113.5", "2001:db8::5"]);
  assert.deepEqual(given.bots, ["bot.ts"]);
  const environment = { PIPECAT_PUBLIC_ADDRESSES: "203.0.113.5, 203.0.113.6" };
  const { publicAddresses } = parseCommandLine(["bot.ts"], { bot: true, environment });
  assert.deepEqual(publicAddresses, ["203.0.113.5", "203.0.113.6"]);
  assert.match(complaint("bot.ts --public-addresses bot.example.com"), /203\.0\.113\.5/);
});

Deno.test("--esp32 needs an address that can be written into an answer", () => {
  assert.equal(parse("bot.ts --esp32 --host 192.168.1.20").esp32, true);
  for (const host of ["", "--host my.example.com", "--host 0.0.0.0"]) {
    assert.match(complaint(`bot.ts --esp32 ${host}`.trim()), /--esp32 needs --host/);
  }
});

Deno.test("--help and --version come before whatever else is there", () => {
  assert.equal(parse("--help").print, "help");
  assert.equal(parse("bot.ts extra -h").print, "help");
  assert.equal(parse("--voice anna --help").print, "help");
  assert.equal(parse("--version bot.ts").print, "version");
});

Deno.test("the log's format and the token of the metrics come as flags, or from the environment", () => {
  const environment = { PIPECAT_LOG: "json", PIPECAT_METRICS_TOKEN: "0123456789abcdef" };

  const { log, metricsToken } = parseCommandLine(["bot.ts"], { bot: true, environment });
  const flag = parseCommandLine(["bot.ts", "--log", "text"], { bot: true, environment });

  assert.deepEqual([log, metricsToken, flag.log], ["json", "0123456789abcdef", "text"]);
  assert.throws(() => parseCommandLine(["bot.ts", "--log", "xml"], { bot: true }), /text, json/);
});

Deno.test("--insecure-carriers names carriers, or means all", () => {
  const read = (...args: string[]) => parseCommandLine(args, { bot: true });

  assert.equal(read("bot.ts").insecureCarriers, undefined);
  assert.equal(read("--insecure-carriers", "bot.ts").insecureCarriers, true);
  assert.deepEqual(read("--insecure-carriers", "bot.ts").bots, ["bot.ts"]);
  assert.deepEqual(read("--insecure-carriers", "twilio", "exotel", "bot.ts").insecureCarriers, [
    "twilio",
    "exotel",
  ]);
  assert.deepEqual(read("bot.ts", "--insecure-carriers=twilio,plivo").insecureCarriers, [
    "twilio",
    "plivo",
  ]);
  const environment = { PIPECAT_INSECURE_CARRIERS: "all" };
  assert.equal(parseCommandLine(["bot.ts"], { bot: true, environment }).insecureCarriers, true);
  assert.throws(() => read("bot.ts", "--insecure-carriers=acme"), /Allowed choices are twilio/);
});

Deno.test("the folder of downloads has an older name, and evals can be on and off", () => {
  assert.equal(parse("-f out bot.ts").folder, "out");
  assert.equal(parse("--downloads-folder out bot.ts").folder, "out");
  assert.equal(parse("--folder out bot.ts").folder, "out");
  assert.equal(parse("--eval bot.ts").evals, true);
  assert.equal(parse("--no-eval bot.ts").evals, false);
  assert.equal(parse("--runner-body a.yaml bot.ts").runnerBodyFile, "a.yaml");
});

Deno.test("uploads have a folder, from the environment too, and a number of files", () => {
  const environment = { PIPECAT_UPLOADS_FOLDER: "up" };
  assert.equal(parse("-u in bot.ts", true, environment).uploadsFolder, "in");
  assert.equal(parse("bot.ts", true, environment).uploadsFolder, "up");
  assert.equal(parse("--uploads-folder-max-files 0 bot.ts").uploadsFolderMaxFiles, 0);
  assert.match(complaint("--uploads-folder-max-files -1 bot.ts"), /whole number/);
});

Deno.test("-t eval serves all transports, for evals come to the carriers' /ws", () => {
  assert.equal(parse("-t eval bot.ts").transport, undefined);
});
