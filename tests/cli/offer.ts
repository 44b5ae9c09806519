/**
 * An offer of a client that never connects: enough for a session to begin.
 */

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

/** Begins a session and returns what the server answers. */
export async function offer(url: string): Promise<{ readonly sdp: string }> {
  const response = await fetch(`${url}/api/offer`, {
    method: "POST",
    body: JSON.stringify({ sdp: SDP, type: "offer" }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}
