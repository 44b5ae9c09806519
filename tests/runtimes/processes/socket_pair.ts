/**
 * Two ends of a stream, as two processes have them.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

/** Both ends, until they are disposed. */
export interface SocketPair extends AsyncDisposable {
  readonly ends: readonly [Socket, Socket];
}

/** Connects two sockets. */
export async function socketPair(): Promise<SocketPair> {
  const folder = await Deno.makeTempDir();
  const server = createServer();
  const path = join(folder, "socket");
  server.listen(path);
  await once(server, "listening");
  const there = connect(path);
  const [here] = await once(server, "connection") as [Socket];
  return {
    ends: [here, there],
    async [Symbol.asyncDispose]() {
      const closed = [here, there].map((socket) => socket.closed || once(socket, "close"));
      here.destroy();
      there.destroy();
      await Promise.all(closed);
      await new Promise((resolve) => server.close(resolve));
      await Deno.remove(folder, { recursive: true });
    },
  };
}
