/**
 * A further address of a client, which checks and is checked as RFC 8445 has it.
 */
import type { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { hostBytes } from "../../../src/ways/webrtc/guard/address.ts";
import {
  ATTRIBUTE,
  isAuthentic,
  readStun,
  type StunKind,
  type StunMessage,
  writeStun,
  xorMappedAddress,
} from "../../../src/ways/webrtc/guard/stun.ts";

/** What the two sides told each other in SDP. */
export interface IceSession {
  readonly host: string;
  readonly port: number;
  /** The user name of the client's checks. */
  readonly username: string;
  /** The runner's password. */
  readonly password: string;
  /** The client's password. */
  readonly clientPassword: string;
}

/** Reads the session from an offer and its answer. */
export function iceSession(offer: string, answer: string): IceSession {
  const of = (sdp: string, name: string) => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? "";
  const [, host = "", port] = / (\d+\.\d+\.\d+\.\d+) (\d+) typ host/.exec(answer) ?? [];
  return {
    host,
    port: Number(port),
    username: `${of(answer, "ice-ufrag")}:${of(offer, "ice-ufrag")}`,
    password: of(answer, "ice-pwd"),
    clientPassword: of(offer, "ice-pwd"),
  };
}

/** A socket that may or may not take part in a call. */
export interface SecondPath extends AsyncDisposable {
  readonly port: number;
  /** STUN messages that came. */
  readonly stun: StunMessage[];
  /** Datagrams that came and are no STUN. */
  readonly media: Uint8Array[];
  /** Whether checks are answered, as the client would. */
  answers: boolean;
  send(bytes: Uint8Array): void;
  /** Sends a check, or only makes it. */
  check(options?: { nominate?: boolean; quietly?: boolean }): Uint8Array;
}

/** Opens a further address. */
export async function secondPath(session: IceSession): Promise<SecondPath> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const path: SecondPath = {
    port: socket.address().port,
    stun: [],
    media: [],
    answers: true,
    send: (bytes) => socket.send(bytes, session.port, session.host),
    check({ nominate = false, quietly = false } = {}) {
      const attributes: [number, Uint8Array][] = [
        [ATTRIBUTE.username, new TextEncoder().encode(session.username)],
        [ATTRIBUTE.priority, Uint8Array.of(0x6e, 0, 1, 255)],
        [ATTRIBUTE.iceControlling, new Uint8Array(8).fill(255)],
        ...nominate ? [[ATTRIBUTE.useCandidate, new Uint8Array()] as [number, Uint8Array]] : [],
      ];
      const bytes = binding("request", attributes, session.password);
      if (!quietly) path.send(bytes);
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
  socket.on("message", (bytes, { address, port }) => {
    const message = readStun(bytes);
    if (!message) return void path.media.push(bytes);
    path.stun.push(message);
    if (message.kind !== "request" || !path.answers) return;
    if (!isAuthentic(message, session.clientPassword)) return;
    const { transactionId } = message;
    const mapped = xorMappedAddress(hostBytes(address), port, transactionId);
    const attributes = [[ATTRIBUTE.xorMappedAddress, mapped] as const];
    path.send(writeStun({ kind: "success", transactionId, attributes }, session.clientPassword));
  });
  return path;
}

/** A Binding message with an id of its own. */
export function binding(
  kind: StunKind,
  attributes: readonly (readonly [number, Uint8Array])[],
  password: string,
): Uint8Array {
  const transactionId = crypto.getRandomValues(new Uint8Array(12));
  return writeStun({ kind, transactionId, attributes }, password);
}

/** A UDP relay that a client takes for the runner. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Whether anything passes. */
  open: boolean;
  /** Datagrams that have passed, which are no STUN. */
  readonly passed: { up: number; down: number };
}

/** Opens a relay to an address. */
export async function openRelay(host: string, port: number): Promise<Relay> {
  const [front, back] = [createSocket("udp4"), createSocket("udp4")];
  await Promise.all(
    [front, back].map((socket) => new Promise<void>((resolve) => socket.bind(0, host, resolve))),
  );
  const passed = { up: 0, down: 0 };
  const relay: Relay = {
    port: front.address().port,
    open: true,
    passed,
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [front, back].map((s) => new Promise<void>((resolve) => s.close(() => resolve()))),
      );
    },
  };
  const isMedia = (bytes: Buffer) => (bytes[0] ?? 0) > 127;
  let client: number | undefined;
  front.on("message", (bytes, from) => {
    client = from.port;
    if (!relay.open) return;
    if (isMedia(bytes)) passed.up++;
    back.send(bytes, port, host);
  });
  back.on("message", (bytes) => {
    if (!relay.open || client === undefined) return;
    if (isMedia(bytes)) passed.down++;
    front.send(bytes, client, host);
  });
  return relay;
}
