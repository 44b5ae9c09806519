/**
 * A client that offers and sends one check: enough for a session to begin.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { ATTRIBUTE, writeStun } from "../../src/ways/webrtc/guard/stun.ts";

const ICE = `a=ice-ufrag:e8cd
a=ice-pwd:111f46ed0a57fd80ba7c6c
a=ice-options:trickle
a=fingerprint:sha-256 76:CD:33:9E:8C:7A:55:9F:37:2E:52:E9:E5:53:5C:50:5D:46:E2:23:39:4E:40:20:AA:AA:B6:7F:54:D1:6B:F9
a=setup:actpass`;

const SDP = `v=0
o=- 33687977 0 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
${ICE}
a=sendrecv
a=mid:0
a=rtcp-mux
a=rtpmap:96 OPUS/48000/2
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
${ICE}
a=mid:1
a=sctp-port:5000
`.replaceAll("\n", "\r\n");

/** Begins a session and returns what the server answers; resolves when the client was heard. */
export async function offer(url: string): Promise<{ readonly sdp: string }> {
  const response = await fetch(`${url}/api/offer`, {
    method: "POST",
    body: JSON.stringify({ sdp: SDP, type: "offer" }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  await check(answer.sdp);
  return answer;
}

/** Sends a connectivity check to the first address of an answer (RFC 8445 section 7.2). */
async function check(sdp: string): Promise<void> {
  const field = (pattern: RegExp) => pattern.exec(sdp)?.[1] ?? "";
  const [, host = "", port] = /^a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+)/im.exec(sdp) ?? [];
  const username = new TextEncoder().encode(`${field(/^a=ice-ufrag:(.+?)\r/m)}:e8cd`);
  const transactionId = crypto.getRandomValues(new Uint8Array(12));
  const attributes = [
    [ATTRIBUTE.username, username],
    [ATTRIBUTE.priority, Uint8Array.of(110, 0, 0, 1)],
    [ATTRIBUTE.iceControlling, new Uint8Array(8)],
  ] as const;
  const content = { kind: "request", transactionId, attributes } as const;
  const socket = createSocket("udp4");
  socket.send(writeStun(content, field(/^a=ice-pwd:(.+?)\r/m)), Number(port), host);
  await once(socket, "message");
  await new Promise<void>((resolve) => socket.close(resolve));
}
