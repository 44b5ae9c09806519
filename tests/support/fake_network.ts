/**
 * Hosts that answer to `fetch` in this process, for tests of what asks them.
 */

/** Answers what is sent to a host. */
export type Host = (request: Request) => Response | Promise<Response>;

/** A network whose hosts can come and go. */
export interface FakeNetwork extends Disposable {
  /** By origin; a host that is not here refuses connections. */
  readonly hosts: Map<string, Host>;
  /** What was sent, as `METHOD url`, in this order; also what found nobody. */
  readonly sent: string[];
}

/** Takes the place of `fetch` until it is disposed. */
export function fakeNetwork(hosts: Readonly<Record<string, Host>> = {}): FakeNetwork {
  const real = globalThis.fetch;
  const network: FakeNetwork = {
    hosts: new Map(Object.entries(hosts)),
    sent: [],
    [Symbol.dispose]() {
      globalThis.fetch = real;
    },
  };
  globalThis.fetch = async (input, init = {}) => {
    const { signal, ...rest } = init;
    const request = new Request(input, rest);
    network.sent.push(`${request.method} ${request.url}`);
    const host = network.hosts.get(new URL(request.url).origin);
    if (!host) throw new TypeError("Connection refused");
    return await Promise.race([host(request), aborted(signal)]);
  };
  return network;
}

function aborted(signal?: AbortSignal | null): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
