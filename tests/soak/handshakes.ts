/**
 * Calls of real browsers through a bad network: whether all of them connect, and how soon.
 *
 *   deno run -A tests/soak/handshakes.ts [COUNT] [SEED]
 *
 * All packets of a call go through a relay that delays each by 0 to 50 ms, so that they overtake one
 * another, loses a tenth of them and doubles a tenth. The browsers are `chromium` and `firefox-esr`,
 * or what the variables CHROMIUM and FIREFOX name.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Peer } from "../../src/core/peer.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { openRelay, type Relay, type Treatment } from "../webrtc/relay.ts";
import { seeded } from "./random.ts";
import { quantile } from "./report.ts";

const COUNT = Number(Deno.args[0] ?? 100);
const SEED = Number(Deno.args[1] ?? Date.now() % 2 ** 31);
const JITTER_MS = 50;
const LOSS = 0.1;
const DOUBLED = 0.1;
/** How long a call may take to connect. */
const CONNECT_MS = 15_000;
const BROWSERS = ["chromium", "firefox"] as const;

/** What the page tells of one call. */
interface Outcome {
  /** When it was connected, in ms since the answer was applied; nothing if it never was. */
  readonly connectedMs?: number;
  /** Whether a message of the peer arrived. */
  readonly heard: boolean;
}

const PAGE = `<!doctype html><title>Handshakes</title><script>
async function call(n) {
  const pc = new RTCPeerConnection();
  pc.addTransceiver("audio", { direction: "sendrecv" });
  const channel = pc.createDataChannel("chat");
  const heard = new Promise((resolve) => channel.onmessage = () => resolve(true));
  channel.onopen = () => channel.send("ping: 0");
  await pc.setLocalDescription(await pc.createOffer());
  while (pc.iceGatheringState !== "complete") await new Promise((next) => setTimeout(next, 10));
  const body = pc.localDescription.sdp;
  const answer = await (await fetch("/offer/" + n, { method: "POST", body })).text();
  const start = performance.now();
  const connected = new Promise((resolve) => {
    pc.onconnectionstatechange = () =>
      pc.connectionState === "connected" && resolve(performance.now() - start);
  });
  const late = new Promise((resolve) => setTimeout(resolve, ${CONNECT_MS}));
  await pc.setRemoteDescription({ type: "answer", sdp: answer });
  const connectedMs = await Promise.race([connected, late]);
  const outcome = { connectedMs, heard: !!await Promise.race([heard, late]) };
  pc.close();
  return outcome;
}
(async () => {
  for (let n = 0; n < ${COUNT}; n++) {
    const outcome = await call(n);
    await fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
  }
})();
</script>`;

function badNetwork(seed: number): Treatment {
  const random = seeded(seed);
  return (datagram) => {
    if (random() < LOSS) return [];
    const copies = random() < DOUBLED ? 2 : 1;
    return Array.from({ length: copies }, () => ({ delayMs: random() * JITTER_MS, datagram }));
  };
}

/** Runs all calls of a browser. */
async function run(browser: (typeof BROWSERS)[number]): Promise<Outcome[]> {
  const peers = weriftPeers();
  const outcomes: Outcome[] = [];
  const finished = Promise.withResolvers<void>();
  const endings: Promise<void>[] = [];
  let open: { readonly peer: Peer; readonly relay: Relay } | undefined;
  /** Takes some seconds, for the browser has gone and acknowledges nothing any more. */
  const hangUp = async (call = open) => {
    call?.peer.close();
    await call?.peer[Symbol.asyncDispose]();
    await call?.relay[Symbol.asyncDispose]();
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/outcome") {
        outcomes.push(await request.json());
        endings.push(hangUp());
        if (outcomes.length === COUNT) finished.resolve();
        return new Response();
      }
      if (!pathname.startsWith("/offer/")) {
        return new Response(PAGE, { headers: { "content-type": "text/html" } });
      }
      const number = Number(pathname.slice("/offer/".length));
      const relay = await openRelay(badNetwork(SEED + number));
      const { peer, sdp } = await peers.answer(`call ${number}`, relay.hide(await request.text()));
      open = { peer, relay };
      peer.intercept(() => true);
      peer.ready.then(() => peer.send({ label: "hello" }), () => {}); // the page tells of it
      return new Response(relay.lead(sdp));
    },
  );
  const { port } = server.addr as Deno.NetAddr;
  const profile = await Deno.makeTempDir();
  const child = launch(browser, `http://127.0.0.1:${port}/`, profile);
  await finished.promise;
  await Promise.all(endings);
  child.kill("SIGKILL");
  await server.shutdown();
  await Deno.remove(profile, { recursive: true }).catch(() => {}); // its helpers still write
  return outcomes;
}

function launch(browser: (typeof BROWSERS)[number], url: string, profile: string): ChildProcess {
  if (browser === "chromium") {
    return spawn(Deno.env.get("CHROMIUM") ?? "chromium", [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-dev-shm-usage",
      `--user-data-dir=${profile}`,
      url,
    ], { stdio: "ignore" });
  }
  const preference = `user_pref("datareporting.policy.firstRunURL", "");\n`;
  Deno.writeTextFileSync(`${profile}/user.js`, preference);
  const command = Deno.env.get("FIREFOX") ?? "firefox-esr";
  const flags = ["--headless", "--no-remote", "--profile", profile, url];
  return spawn(command, flags, { stdio: "ignore" });
}

console.log(`seed ${SEED}: ${COUNT} calls each`);
let failed = 0;
for (const browser of BROWSERS) {
  const outcomes = await run(browser);
  const times = outcomes.flatMap(({ connectedMs }) => connectedMs ?? []);
  const heard = outcomes.filter((outcome) => outcome.heard).length;
  failed += 2 * COUNT - times.length - heard;
  outcomes.forEach((outcome, n) => {
    if (outcome.connectedMs === undefined || !outcome.heard) {
      console.log(`${browser}, call ${n}: ${JSON.stringify(outcome)}`);
    }
  });
  const [half, most, all] = [0.5, 0.9, 1].map((share) => quantile(times, share).toFixed(0));
  console.log(
    `${browser}: ${times.length} of ${COUNT} connected, ${heard} heard; ` +
      `p50 ${half}, p90 ${most}, max ${all} ms`,
  );
}
Deno.exit(failed === 0 ? 0 : 1);
