/**
 * Processes of one fleet with real servers, for what only those have: sockets, and bodies that take time.
 */
import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";
import { type RunnerServer, serve, type ServeOptions } from "../../src/runtimes/deno.ts";
import { eventually, sharedStore } from "./fleet.ts";

/**
 * So many processes of one fleet, each with a server.
 *
 * @param options Those of each process, which are numbered from 1.
 */
export async function servedFleet(
  count: number,
  options: (number: number) => ServeOptions = () => ({}),
) {
  const fleet = new MemoryFleet();
  const store = sharedStore();
  const servers: RunnerServer[] = [];
  for (let i = 0; i < count; i++) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const server = await serve(async ({ signal }) => {
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true })
      );
    }, {
      hostname: "127.0.0.1",
      port,
      environment: {},
      webrtc: false,
      fleet,
      store,
      secret: "a secret that the processes share",
      advertise: `http://127.0.0.1:${port}`,
      ...options(i + 1),
    });
    servers.push(server);
  }
  await eventually(async () => (await fleet.nodes()).length === count);
  return {
    servers,
    sizes: () => servers.map(({ runner }) => runner.sessions.size).join(),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
