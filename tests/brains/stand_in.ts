/**
 * What all stand-ins for vendors share: a server that upgrades to WebSockets and refuses.
 *
 * @module
 */

/** A server of this machine that stands in for a vendor's. */
export interface StandIn extends AsyncDisposable {
  /** Such as `http://127.0.0.1:12345`. */
  readonly origin: string;
  /** What the vendor would have refused, in its own words where they are known. */
  readonly refusals: readonly string[];
}

/** A session of a bot with a stand-in, as the stand-in sees it. */
export interface WireSession {
  /** Sends a message as JSON; nothing once the connection is closed. */
  send(message: unknown): void;
  close(code: number, reason: string): void;
}

/** What a stand-in does with a connection. */
export interface WireListener {
  /** A message: text, or bytes. */
  receive(message: string | ArrayBuffer): void;
  /** The other side has gone. */
  gone(): void;
}

/** How a stand-in serves. */
export interface StandInOptions {
  readonly refusals: readonly string[];
  /** Answers what is no WebSocket, or refuses one; undefined accepts it. */
  readonly answer: (request: Request) => Response | undefined | Promise<Response | undefined>;
  /** Sends JSON as bytes, which some vendors do. Default: as text. */
  readonly binary?: true;
  /** The subprotocol to agree on. Default: none. */
  readonly protocol?: (request: Request) => string | undefined;
  readonly connect?: (session: WireSession, request: Request) => WireListener;
}

/** Serves a stand-in on a free port of 127.0.0.1. */
export function serveStandIn(options: StandInOptions): StandIn {
  const { refusals, answer, binary, protocol, connect } = options;
  const sockets = new Set<WebSocket>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const refused = await answer(request);
    if (refused || !connect) return refused ?? new Response("Not found", { status: 404 });
    // After the upgrade nothing can be read of the request itself.
    const asked = new Request(request.url, { headers: request.headers });
    const agreed = protocol?.(asked);
    const { socket, response } = Deno.upgradeWebSocket(request, agreed ? { protocol: agreed } : {});
    socket.binaryType = "arraybuffer";
    sockets.add(socket);
    let listener: WireListener | undefined;
    socket.onopen = () => {
      listener = connect({
        send: (message) => {
          if (socket.readyState !== WebSocket.OPEN) return;
          const text = JSON.stringify(message);
          socket.send(binary ? new TextEncoder().encode(text) : text);
        },
        close: (code, reason) => socket.close(code, reason),
      }, asked);
    };
    socket.onmessage = ({ data }) => listener?.receive(data);
    socket.onclose = () => {
      sockets.delete(socket);
      listener?.gone();
    };
    return response;
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    refusals,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}

/** Hands out what arrives, one to each who waits for it. */
export function arrivals<T>(): {
  readonly next: () => Promise<T>;
  readonly push: (item: T) => void;
} {
  const items: T[] = [];
  const waiting: ((item: T) => void)[] = [];
  return {
    next() {
      const item = items.shift();
      if (item !== undefined) return Promise.resolve(item);
      return new Promise((resolve) => waiting.push(resolve));
    },
    push(item) {
      const first = waiting.shift();
      if (first) first(item);
      else items.push(item);
    },
  };
}
