/**
 * A STUN and TURN server that is strict about logins (RFC 8489 §9.2, RFC 8656), over UDP.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import * as werift from "werift";

/** A server, and what has happened on it. */
export interface TurnServer extends AsyncDisposable {
  readonly port: number;
  /** Relays that are open. */
  readonly relays: Set<Socket>;
  /** How many relays were asked for. */
  readonly asked: { stun: number; turn: number };
  /** Makes the nonce that clients have invalid. */
  changeNonce(): void;
}

/** What the server answers. */
export interface TurnServerOptions {
  /** Whether it says nothing at all, at present. */
  readonly silent?: boolean;
  /** The only password that it knows. */
  readonly password?: string;
}

/** Stands for this machine where only the relays reach it. */
export const BEHIND_RELAY = "198.51.100.7";
const REALM = "test";
const HOST = "127.0.0.1";
const { methods, classes, Message } = werift;

/** Starts a server. */
export async function turnServer(options: TurnServerOptions = {}): Promise<TurnServer> {
  const { password = "p" } = options;
  const key = createHash("md5").update(`u:${REALM}:${password}`).digest();
  const socket = await bound();
  const relays = new Set<Socket>();
  const asked = { stun: 0, turn: 0 };
  const clients = new Map<number, { relay: Socket; channels: Map<number, werift.Address> }>();
  let nonce = 0;

  socket.on("message", (bytes, from) => {
    const client = clients.get(from.port);
    if ((bytes[0] ?? 0) >> 6 === 1) { // ChannelData
      const to = client?.channels.get(bytes.readUInt16BE(0));
      const host = to?.[0] === BEHIND_RELAY ? HOST : to?.[0];
      if (to) client?.relay.send(bytes.subarray(4, 4 + bytes.readUInt16BE(2)), to[1], host);
      return;
    }
    const message = werift.parseMessage(bytes);
    if (!message || message.messageClass !== classes.REQUEST) return;
    const { messageMethod: method, transactionId } = message;
    asked[method === methods.BINDING ? "stun" : "turn"]++;
    if (options.silent) return;
    const answer = (code?: number) => {
      const kind = code === undefined ? classes.RESPONSE : classes.ERROR;
      const response = new Message(method, kind, transactionId);
      response.setAttribute("XOR-MAPPED-ADDRESS", [from.address, from.port]);
      return response;
    };
    const send = (response: werift.Message) => socket.send(response.bytes, from.port, from.address);
    const sign = (response: werift.Message) =>
      send(response.addMessageIntegrity(key).addFingerprint());
    if (method === methods.BINDING) return send(answer());

    const told = message.getAttributeValue("NONCE")?.toString();
    const code = !werift.parseMessage(bytes, key) ? 401 : told !== `${nonce}` ? 438 : undefined;
    if (code !== undefined) {
      const refusal = answer(code).setAttribute("ERROR-CODE", [code, "Refused"]);
      return send(
        refusal.setAttribute("REALM", REALM).setAttribute("NONCE", Buffer.from(`${nonce}`)),
      );
    }
    if (method === methods.ALLOCATE) {
      void bound().then((relay) => {
        const channels = new Map<number, werift.Address>();
        relays.add(relay);
        clients.set(from.port, { relay, channels });
        relay.on("message", (data, peer) => {
          for (const [number, [host, port]] of channels) {
            if (port !== peer.port) continue;
            if (host !== peer.address && host !== BEHIND_RELAY) continue;
            const head = Buffer.alloc(4);
            head.writeUInt16BE(number, 0);
            head.writeUInt16BE(data.length, 2);
            socket.send(Buffer.concat([head, data]), from.port, from.address);
          }
        });
        const response = answer().setAttribute("LIFETIME", 600);
        sign(response.setAttribute("XOR-RELAYED-ADDRESS", [HOST, relay.address().port]));
      });
    } else if (method === methods.REFRESH) {
      const lifetime = message.getAttributeValue("LIFETIME");
      if (lifetime === 0 && client && relays.delete(client.relay)) client.relay.close();
      sign(answer().setAttribute("LIFETIME", lifetime));
    } else if (method === methods.CHANNEL_BIND) {
      const peer = message.getAttributeValue("XOR-PEER-ADDRESS");
      client?.channels.set(message.getAttributeValue("CHANNEL-NUMBER"), peer);
      sign(answer());
    } else sign(answer());
  });

  return {
    port: socket.address().port,
    relays,
    asked,
    changeNonce: () => void nonce++,
    async [Symbol.asyncDispose]() {
      await Promise.all([socket, ...relays].map((each) => new Promise<void>((r) => each.close(r))));
    },
  };
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return socket;
}
