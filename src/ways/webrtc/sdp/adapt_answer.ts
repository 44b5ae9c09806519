/**
 * Adapts answers to the network and to small devices.
 *
 * @module
 */

/**
 * Names more addresses in an answer: each port of a host candidate is named with each address of its
 * family, once a section. The answerer need not know them as its own, since it only ever hears from a
 * client on the socket behind them.
 */
export function addAddresses(sdp: string, addresses: readonly string[]): string {
  return sdp.split(/^(?=m=)/m).map((section) => {
    const named = new Set<string>();
    return section.replace(
      /^a=candidate:(\S+ \d+ (udp|tcp) \d+) (\S+) ((\d+) typ host.*\r?\n)/gim,
      (line, start, kind, own, end, port) => {
        const others = addresses.filter((address) =>
          address.includes(":") === own.includes(":") && !named.has(`${kind} ${address} ${port}`)
        );
        for (const address of others) named.add(`${kind} ${address} ${port}`);
        return others.map((address) => `a=candidate:${start} ${address} ${end}`).join("") + line;
      },
    );
  }).join("");
}

/**
 * Makes an answer small and simple enough for an ESP32: no fingerprints of the long hashes, and
 * only the host candidates of one address.
 *
 * @param host The address of this machine that the device can reach.
 */
export function simplifyAnswer(sdp: string, host: string | undefined): string {
  const kept = sdp.split(/\r\n|\r|\n/).filter((line) => {
    if (/sha-(384|512)/.test(line)) return false;
    if (host === undefined || !line.includes("a=candidate")) return true;
    return line.includes(host) && !line.includes("raddr");
  });
  while (kept.at(-1) === "") kept.pop();
  return `${kept.join("\r\n")}\r\n`;
}
