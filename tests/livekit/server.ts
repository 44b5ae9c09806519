/**
 * A real LiveKit server on this machine, and somebody to talk to in its rooms.
 *
 * The server is a Go program: `go install github.com/livekit/livekit-server/cmd/server@v1.13.5`, and
 * then its path in `LIVEKIT_SERVER`.
 */
import * as rtc from "@livekit/rtc-node";
import type { Environment } from "../../src/core/carrier.ts";

/** The path of the server; without one the tests that need it are left out. */
export const LIVEKIT_SERVER = Deno.env.get("LIVEKIT_SERVER");

const KEY = { LIVEKIT_API_KEY: "devkey", LIVEKIT_API_SECRET: "a-secret-of-at-least-32-characters" };

/** A server that listens on the loopback interface alone. */
export interface LiveKitServer extends AsyncDisposable {
  readonly environment: Environment & { readonly LIVEKIT_URL: string };
}

/** Starts a server; resolves when it answers. */
export async function startLiveKit(): Promise<LiveKitServer> {
  const [port, tcp] = [freePort(), freePort()];
  const settings = {
    port,
    bind_addresses: ["127.0.0.1"],
    keys: { [KEY.LIVEKIT_API_KEY]: KEY.LIVEKIT_API_SECRET },
    logging: { level: "error" },
    rtc: {
      node_ip: "127.0.0.1",
      tcp_port: tcp,
      udp_port: freePort(),
      enable_loopback_candidate: true,
    },
  };
  const child = new Deno.Command(LIVEKIT_SERVER ?? "livekit-server", {
    args: ["--config-body", JSON.stringify(settings)], // YAML is a superset of JSON
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (let attempt = 0;; attempt++) {
    const up = await fetch(`http://127.0.0.1:${port}/`).then((r) => r.text(), () => "");
    if (up === "OK") break;
    if (attempt > 100) throw new Error("The LiveKit server does not answer");
    await delay(50);
  }
  return {
    environment: { ...KEY, LIVEKIT_URL: `ws://127.0.0.1:${port}` },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** A user in a room. */
export interface Guest extends AsyncDisposable {
  readonly room: rtc.Room;
  /** What is heard of each participant by identity, 48 kHz mono, from the first frame on. */
  readonly heard: ReadonlyMap<string, Int16Array[]>;
  /** App messages that arrived, with their topic. */
  readonly messages: { readonly data: unknown; readonly topic: string | undefined }[];
  /** Keys that were pressed. */
  readonly keys: string[];
  /** Says something, in real time; resolves when it is played. */
  say(samples: Int16Array): Promise<void>;
  send(data: unknown): Promise<void>;
  leave(): Promise<void>;
}

/** Joins a room with a microphone. */
export async function joinAsGuest(url: string, token: string): Promise<Guest> {
  const room = new rtc.Room();
  const heard = new Map<string, Int16Array[]>();
  const messages: Guest["messages"] = [];
  const keys: string[] = [];
  const readers: ReadableStreamDefaultReader<rtc.AudioFrame>[] = [];
  room.on(rtc.RoomEvent.TrackSubscribed, (track, _publication, { identity }) => {
    const frames: Int16Array[] = [];
    heard.set(identity, frames);
    const reader = new rtc.AudioStream(track, { sampleRate: 48_000, numChannels: 1 }).getReader();
    readers.push(reader);
    void (async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        frames.push(next.value.data);
      }
    })();
  });
  room.on(rtc.RoomEvent.DataReceived, (bytes, _participant, _kind, topic) => {
    messages.push({ data: JSON.parse(new TextDecoder().decode(bytes)), topic });
  });
  room.on(rtc.RoomEvent.DtmfReceived, (_code, digit) => void keys.push(digit));
  await room.connect(url, token, { autoSubscribe: true, dynacast: false });
  const source = new rtc.AudioSource(48_000, 1);
  const me = room.localParticipant!; // set by connect
  const track = rtc.LocalAudioTrack.createAudioTrack("microphone", source);
  const options = new rtc.TrackPublishOptions({ source: rtc.TrackSource.SOURCE_MICROPHONE });
  await me.publishTrack(track, options);

  let left = false;
  const leave = async () => {
    if (left) return;
    left = true;
    for (const reader of readers) await reader.cancel();
    await room.disconnect();
    await source.close();
  };
  return {
    room,
    heard,
    messages,
    keys,
    async say(samples) {
      for (let at = 0; at + 480 <= samples.length; at += 480) {
        await source.captureFrame(new rtc.AudioFrame(samples.slice(at, at + 480), 48_000, 1, 480));
      }
      await source.waitForPlayout();
    },
    send: (data) => {
      const bytes = new TextEncoder().encode(JSON.stringify(data));
      return me.publishData(bytes, { reliable: true });
    },
    leave,
    [Symbol.asyncDispose]: leave,
  };
}

/** Waits until something is so. */
export async function until(condition: () => boolean, ms = 15_000): Promise<void> {
  for (const end = performance.now() + ms; !condition(); await delay(10)) {
    if (performance.now() > end) throw new Error("It did not happen");
  }
}

/** Waits. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
