/**
 * Chromium's data channels of every kind against the peers.
 */
import assert from "node:assert/strict";
import type { Peer } from "../../../src/core/peer.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { until } from "../../webrtc/call.ts";
import { launchChromium } from "../chromium.ts";
import { melodyWav } from "../known_audio.ts";

/** A client in the page: `open` makes its channels, before the offer. */
const SCRIPT = `
  window.connect = async (open) => {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    const pc = window.pc = new RTCPeerConnection();
    pc.addTrack(media.getAudioTracks()[0], media);
    window.messages = [];
    open(pc);
    await negotiate("/offer");
  };
  window.negotiate = async (path) => {
    await pc.setLocalDescription(await pc.createOffer());
    while (pc.iceGatheringState !== "complete") await new Promise((r) => setTimeout(r, 2));
    const response = await fetch(path, { method: "POST", body: pc.localDescription.sdp });
    await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
    while (pc.connectionState !== "connected") await new Promise((r) => setTimeout(r, 2));
  };
  window.talk = (channel, hello) => {
    channel.onmessage = ({ data }) => window.messages.push(data);
    channel.onopen = () => channel.send(JSON.stringify(hello));
    return channel;
  };
  window.packets = async () => [...(await pc.getStats()).values()]
    .filter(({ type }) => type === "inbound-rtp").reduce((sum, s) => sum + s.packetsReceived, 0);
`;

/** A browser on a page that connects to a peer which repeats what it gets. */
interface Session extends AsyncDisposable {
  run<T>(expression: string): Promise<T>;
  /** The peer of the latest offer, and the messages that it took. */
  readonly peer: Peer;
  readonly taken: unknown[];
}

async function session(): Promise<Session> {
  const factory = weriftPeers();
  const peers: Peer[] = [];
  const taken: unknown[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") {
      const page = "<!doctype html><title>Channels</title>";
      return new Response(page, { headers: { "content-type": "text/html" } });
    }
    const latest = peers.at(-1);
    if (latest && new URL(request.url).pathname === "/again") {
      return new Response(await latest.answer(await request.text()));
    }
    const { peer, sdp } = await factory.answer("pc_1", await request.text());
    peer.intercept((data) => {
      taken.push(data);
      peer.send(data);
      return true;
    });
    void peer.readable.pipeTo(peer.writable);
    peers.push(peer);
    return new Response(sdp);
  });
  const browser = await launchChromium(melodyWav(3));
  const { page } = await browser.open(`http://127.0.0.1:${server.addr.port}/`);
  await page.evaluate(SCRIPT);
  return {
    run: (expression) => page.evaluate(expression),
    taken,
    get peer() {
      return peers.at(-1)!;
    },
    async [Symbol.asyncDispose]() {
      for (const peer of peers) {
        peer.close();
        await peer[Symbol.asyncDispose]();
      }
      await browser[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

/** Waits until the page has got so many messages, and returns them. */
async function messages(s: Session, count: number): Promise<string[]> {
  let came: string[] = [];
  for (let i = 0; i < 200 && came.length < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    came = await s.run<string[]>("window.messages");
  }
  return came;
}

Deno.test("channels of every kind carry messages, audio waits for none, and leaving is noticed", async (t) => {
  await using s = await session();

  await t.step("agreed upon beforehand", async () => {
    await s.run(`connect((pc) => talk(pc.createDataChannel("x", { negotiated: true, id: 5 }), 1))`);
    assert.deepEqual(await messages(s, 1), ["1"]);
  });
  await t.step("unordered, unreliable, and with a name in any script", async () => {
    const options = `{ ordered: false, maxRetransmits: 0, protocol: "x" }`;
    await s.run(`connect((pc) => talk(pc.createDataChannel("чат 💬", ${options}), 2))`);
    assert.deepEqual(await messages(s, 1), ["2"]);
  });
  await t.step("never used: audio flows all the same", async () => {
    await s.run(`connect((pc) => pc.createDataChannel("x", { negotiated: true, id: 7 }))`);
    for (let i = 0; i < 100 && await s.run<number>("packets()") < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(await s.run<number>("packets()") >= 20);
  });
  await t.step("beside others, which say nothing to the bot and end nothing", async () => {
    await s.run(`connect((pc) => window.chat = talk(pc.createDataChannel("chat"), 3))`);
    await messages(s, 1);
    s.taken.length = 0;
    await s.run(`new Promise((resolve) => {
      const other = pc.createDataChannel("file");
      other.onclose = resolve;
      other.onopen = () => {
        other.send('"not for the bot"');
        other.close();
      };
    })`);
    await s.run("chat.send('4')");
    assert.deepEqual(await messages(s, 2), ["3", "4"]);
    assert.deepEqual(s.taken, [4]);
  });
  await t.step("binary, empty, and as long as allowed", async () => {
    await s.run(`connect((pc) => window.chat = talk(pc.createDataChannel("chat"), 5))`);
    await messages(s, 1);
    s.taken.length = 0;
    await s.run(`(() => {
      chat.send("");
      chat.send(new Uint8Array(0));
      chat.send(new TextEncoder().encode("6"));
      chat.send(JSON.stringify("x".repeat(pc.sctp.maxMessageSize - 2)));
    })()`);
    assert.deepEqual((await messages(s, 3)).map(({ length }) => length), [1, 1, 262_144]);
    assert.equal(s.taken.length, 2);
  });
  await t.step(
    "over the next transport, when the audio stops that the first had its name from",
    async () => {
      await s.run(`connect((pc) => window.chat = talk(pc.createDataChannel("chat"), 7))`);
      await messages(s, 1);
      await s.run(`(pc.getTransceivers()[0].stop(), negotiate("/again"))`);
      await s.run("chat.send('8')");
      assert.deepEqual(await messages(s, 2), ["7", "8"]);
      await s.run(`(pc.addTransceiver("audio"), negotiate("/again"))`);
      for (let i = 0; i < 100 && await s.run<number>("packets()") < 20; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await s.run("chat.send('9')");
      assert.deepEqual(await messages(s, 3), ["7", "8", "9"]);
    },
  );
  await t.step("a page that closes its connection has left", async () => {
    let reason: string | undefined;
    void s.peer.closed.then((info) => reason = info.reason);
    await s.run("(chat.close(), pc.close())");
    await until(() => reason !== undefined, 2000);
    assert.equal(reason, "The client left");
  });
});
