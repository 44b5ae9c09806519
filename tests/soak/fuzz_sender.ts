/**
 * Sends hostile inputs to a server over TCP.
 */
import { createHmac } from "node:crypto";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { close, readAnswer, writeAll } from "../hostile/raw_http.ts";
import type { HttpInput } from "../hostile/requests.ts";
import { closeFrame, encodeFrame, type StreamInput } from "../hostile/streams.ts";
import { toBytes } from "../hostile/values.ts";

/** What became of an input: an HTTP status, or in words. */
export interface Outcome {
  readonly status: number | "closed" | "cut" | "no answer" | "silent socket closed";
  readonly body: string;
}

/** Ids of sessions that wait, for inputs to use. */
export interface Ids {
  webrtc: string;
  websocket: string;
  peer: string;
}

/** Tokens for one batch. */
const TOKENS = 40;
const ANSWER_MS = 10_000;
/** How long a client that says nothing more waits to be closed, in ms: some are not. */
const LINGER_MS = 1500;
const APP_SECRET = "app-secret";

/** Sends inputs to a port of this machine. */
export interface Sender {
  http(input: HttpInput): Promise<Outcome>;
  stream(input: StreamInput): Promise<Outcome>;
  /** Makes sessions that inputs can name. */
  refresh(): Promise<void>;
  /** Ends the connections that are kept. */
  close(): void;
}

/** Makes a sender. */
export function createSender(port: number): Sender {
  const ids: Ids = { webrtc: "x", websocket: "x", peer: "pc_x" };
  const tokens: string[] = []; // each is good for one input
  const idle: Deno.Conn[] = [];
  let opened = 0;

  const open = () => {
    // One address alone would run out of ports.
    const hostname = `127.0.0.${1 + opened++ % 50}`;
    return Deno.connect({ hostname, port });
  };
  const fill = (text: string) =>
    text.replace(
      /\{(webrtc|websocket|token|peer)\}/g,
      (_, name: keyof Ids | "token") => name === "token" ? tokens.pop() ?? "x" : ids[name],
    );

  async function http(input: HttpInput): Promise<Outcome> {
    const body = fill(input.body) + " ".repeat(input.pad);
    const bytes = toBytes(requestText(input, body, fill));
    const kept = input.pace === "whole" ? idle.pop() : undefined;
    const connection = kept ?? await open();
    if (input.pace === "cut") {
      await writeAll(connection, bytes.subarray(0, Math.max(1, bytes.length * 2 / 3)));
      close(connection);
      return { status: "cut", body: "" };
    }
    if (input.pace === "slow") {
      const head = bytes.subarray(0, 400);
      for (let i = 0; i < head.length; i++) {
        if (!await writeAll(connection, head.subarray(i, i + 1))) break;
      }
      await writeAll(connection, bytes.subarray(400));
    } else if (!await writeAll(connection, bytes) && kept) {
      close(connection); // an idle connection that the server has closed by now
      return await http(input);
    }
    // Without all of the body there may be no answer.
    const unfinished = input.framing === "long" || input.framing === "badChunks" ||
      input.headers.some(([name]) => /^(content-length|transfer-encoding|expect)$/.test(name));
    const answer = await readAnswer(connection, {
      timeoutMs: unfinished ? 100 : ANSWER_MS,
      hasBody: input.method !== "HEAD",
    });
    if (answer?.status === 0 && kept) {
      close(connection);
      return await http(input);
    }
    const clean = input.framing === "length" && input.pace === "whole" && !unfinished;
    if (clean && answer && /^content-length:/im.test(answer.head) && idle.length < 32) {
      if (/^connection: *close/im.test(answer.head)) close(connection);
      else idle.push(connection);
    } else close(connection);
    if (!answer) return { status: unfinished ? "cut" : "no answer", body: "" };
    return { status: answer.status || "closed", body: answer.body };
  }

  async function stream(input: StreamInput): Promise<Outcome> {
    const connection = await open();
    const target = fill(input.target);
    const head = `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\n` +
      "upgrade: websocket\r\nsec-websocket-version: 13\r\n" +
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    await writeAll(connection, toBytes(head));
    if (input.ending === "early") {
      close(connection);
      return { status: "cut", body: "" };
    }
    const answer = await readAnswer(connection, { timeoutMs: ANSWER_MS });
    if (answer?.status !== 101) {
      close(connection);
      return { status: answer ? answer.status || "closed" : "no answer", body: answer?.body ?? "" };
    }
    const reading = input.ending === "deaf" ? undefined : drain(connection);
    for (const frame of input.frames) {
      if (!await writeAll(connection, encodeFrame(frame))) break;
    }
    if (input.ending === "half") {
      const whole = encodeFrame({
        opcode: 1,
        payload: "x".repeat(200),
        final: true,
        masked: true,
        reserved: 0,
      });
      await writeAll(connection, whole.subarray(0, 40));
    }
    if (input.ending === "close") await writeAll(connection, closeFrame(input));
    if (["close", "silent", "deaf"].includes(input.ending)) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LINGER_MS));
      await Promise.race([reading ?? late, late]);
      clearTimeout(timer);
    }
    close(connection);
    await reading;
    return { status: 101, body: "" };
  }

  async function post(body: unknown): Promise<Record<string, string>> {
    const response = await fetch(`http://127.0.0.1:${port}/start`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return await response.json();
  }

  return {
    http,
    stream,
    async refresh() {
      ids.webrtc = (await post({ transport: "webrtc" })).sessionId ?? "x";
      ids.websocket = (await post({ transport: "websocket" })).wsUrl?.split("/").at(-1) ?? "x";
      for (let i = tokens.length; i < TOKENS; i++) {
        const { wsUrl } = await post({ transport: CARRIER_NAMES[i % CARRIER_NAMES.length] });
        tokens.push(wsUrl?.split("/").at(-1) ?? "x");
      }
      const { OFFER } = await import("../hostile/sdp.ts");
      const answer = await fetch(`http://127.0.0.1:${port}/api/offer`, {
        method: "POST",
        body: JSON.stringify({ sdp: OFFER, type: "offer" }),
      });
      ids.peer = (await answer.json()).pc_id ?? "pc_x";
    },
    close() {
      for (const connection of idle) close(connection);
    },
  };
}

/** Reads until the end. */
async function drain(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // closed or reset
  }
}

/** A request as it goes over the wire, one character a byte. */
export function requestText(
  input: HttpInput,
  body: string,
  fill: (text: string) => string,
): string {
  const headers: (readonly [string, string])[] = [
    ...(input.headers.some(([name]) => name === "host") ? [] : [["host", "127.0.0.1"] as const]),
    ...input.headers.map(([name, value]) => [name, fill(value)] as const),
  ];
  if (input.sign === "whatsapp") {
    const hex = createHmac("sha256", APP_SECRET).update(toBytes(body)).digest("hex");
    headers.push(["x-hub-signature-256", `sha256=${hex}`]);
  }
  const { framing } = input;
  const length = (value: number) => headers.push(["content-length", String(value)]);
  let payload = body;
  if (framing === "length") length(body.length);
  else if (framing === "short") length(Math.floor(body.length / 2));
  else if (framing === "long") length(body.length + 1000);
  else if (framing !== "none") {
    headers.push(["transfer-encoding", "chunked"]);
    if (framing === "both") length(body.length);
    payload = framing === "badChunks" ? `zz\r\n${body}\r\n` : chunks(body);
  }
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${input.method} ${fill(input.target)} HTTP/1.1\r\n${lines}\r\n${payload}`;
}

function chunks(body: string): string {
  const size = 30_000;
  let text = "";
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.slice(at, at + size);
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  return `${text}0\r\n\r\n`;
}
