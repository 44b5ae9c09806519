/**
 * How WhatsApp wants its SDP.
 *
 * @module
 */

/**
 * Leaves the client's part in DTLS to us, if the offer leaves the choice: Pipecat and browsers,
 * which answer Meta's calls, always take it, so no other way is known to work.
 */
export function asDtlsServer(offer: string): string {
  return offer.replaceAll(/^a=setup:actpass/gm, "a=setup:passive");
}

/** Takes all fingerprints but SHA-256 out of an answer: Meta refuses it otherwise. */
export function sha256Only(answer: string): string {
  const kept = answer.split(/\r\n|\r|\n/).filter((line) =>
    !/^a=fingerprint:/i.test(line) || /^a=fingerprint:sha-256 /i.test(line)
  );
  while (kept.at(-1) === "") kept.pop();
  return `${kept.join("\r\n")}\r\n`;
}
