/**
 * WebRTC clients that send hostile messages over their data channels.
 */
import fc from "fast-check";
import { appMessage } from "../hostile/streams.ts";
import { toBytes } from "../hostile/values.ts";
import { connect } from "../webrtc/client.ts";

const PEERS = 4;
const FLOOD = 300;
const LARGEST = 60_000;

/** Sends about so many messages from a few clients; resolves with how many it were. */
export async function hostilePeers(port: number, seed: number, count: number): Promise<number> {
  let sent = 0;
  const each = Math.ceil(count / PEERS);
  await Promise.all(Array.from({ length: PEERS }, async (_, index) => {
    const messages = fc.sample(appMessage, { numRuns: each, seed: seed + index });
    while (messages.length > 0) {
      const count = await visit(port, messages.splice(0, FLOOD), index % 2 === 0);
      sent += count;
    }
  }));
  return sent;
}

/** One call: its messages at once, and then its end, with or without a word. */
async function visit(port: number, messages: string[], polite: boolean): Promise<number> {
  const client = await connect(async (sdp) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/offer`, {
      method: "POST",
      body: JSON.stringify({ sdp, type: "offer" }),
    });
    return (await response.json()).sdp;
  });
  const { channel } = client;
  for (const [index, message] of messages.entries()) {
    const bytes = toBytes(message.slice(0, LARGEST));
    channel?.send(
      index % 3 === 0 ? new TextDecoder().decode(bytes) : Uint8Array.from(bytes) as never,
    );
    if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  if (polite) await client.close();
  else for (const transport of client.pc.dtlsTransports) await transport.iceTransport.stop();
  await client.close();
  return messages.length;
}
