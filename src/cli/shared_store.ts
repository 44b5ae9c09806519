/**
 * What a runner shares with others: the store of `--store`, the fleet in it, and how the others reach
 * this one.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { Fleet } from "../core/fleet.ts";
import type { SessionStore } from "../sessions/store.ts";
import type { CommandLine } from "./command_line.ts";

/** A store with its fleet, until it is disposed. */
export interface SharedStore extends AsyncDisposable {
  readonly store: SessionStore;
  readonly fleet: Fleet;
  /** Where it is, without a login. */
  readonly address: string;
}

/** What a runner shares with others. */
export interface Sharing {
  /** The options of the runner; empty if it shares nothing. */
  readonly options: {
    readonly store?: SessionStore;
    readonly fleet?: Fleet;
    readonly advertise?: string;
  };
  /** Where the others find it, for the banner. */
  readonly facts?: string;
  /** Ends the connection to the store. */
  close(): Promise<void>;
}

const LOOPBACK = /^(localhost|127\.[\d.]+|\[?::1\]?)$/;

/**
 * Opens the store of a URL: `redis:`, `rediss:`, `valkey:` or `valkeys:`, or `kv:` for Deno KV, which may
 * be followed by a path or by the address of a database.
 *
 * @throws {RunnerError} `usage` if Deno KV is not available, and what `connectRedis` throws.
 */
export async function openSharedStore(url: string): Promise<SharedStore> {
  if (url.startsWith("kv:")) return await openKv(url.slice("kv:".length));
  const { connectRedis, redisFleet, redisStore } = await import("../redis/mod.ts");
  const redis = await connectRedis(url);
  return {
    store: redisStore(redis),
    fleet: redisFleet(redis),
    address: redis.address,
    [Symbol.asyncDispose]: () => redis.close(),
  };
}

async function openKv(path: string): Promise<SharedStore> {
  if (!("openKv" in Deno)) {
    const detail = "Deno KV is off: run Deno with --unstable-kv, as in deno run -A --unstable-kv.";
    throw new RunnerError("usage", detail);
  }
  const [{ kvStore }, { kvFleet }] = await Promise.all([
    import("../runtimes/deno_store.ts"),
    import("../runtimes/deno_fleet.ts"),
  ]);
  const kv = await Deno.openKv(path === "" ? undefined : path);
  return {
    store: kvStore(kv),
    fleet: kvFleet(kv),
    address: `kv:${path}`,
    [Symbol.asyncDispose]() {
      kv.close();
      return Promise.resolve();
    },
  };
}

/**
 * The origin at which the others reach this runner: the given one, else that of its listening
 * address, if known.
 *
 * @param address Where the store is. One on this machine is for runners of this machine.
 * @throws {RunnerError} `usage`, saying what to give, if it is not known.
 */
export function advertisedOrigin(
  { advertise, hostname, port }: Pick<CommandLine, "advertise" | "hostname" | "port">,
  address: string,
  addresses: readonly string[],
): string {
  if (advertise !== undefined) return advertise;
  const give = "Say where the others reach it: " +
    `--advertise http://${addresses[0] ?? "10.0.0.7"}:${port || 7860}.`;
  if (port === 0) {
    throw noAddress(`With --port 0 the others cannot know this runner's port. ${give}`);
  }
  if (LOOPBACK.test(hostname)) {
    const shared = URL.parse(address)?.hostname ?? "";
    if (shared === "" || LOOPBACK.test(shared)) return `http://${hostOf(hostname)}:${port}`;
    throw noAddress(
      `The other runners of ${address} cannot reach this one, which listens on ${hostname}: add ` +
        `--host 0.0.0.0. ${give}`,
    );
  }
  if (hostname !== "0.0.0.0" && hostname !== "::") return `http://${hostOf(hostname)}:${port}`;
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1) return `http://${only}:${port}`;
  const known = addresses.length === 0 ? "no known address" : addresses.join(" and ");
  throw noAddress(`This machine has ${known}. ${give}`);
}

/**
 * The options of a runner that shares a store or a fleet with others, through `--store` or its
 * program.
 *
 * @throws {RunnerError} `usage` and `bad_option`, see above.
 */
export async function shareStore(
  command: CommandLine,
  own: { readonly fleet?: Fleet | undefined },
): Promise<Sharing> {
  const opened = command.storeUrl === undefined
    ? undefined
    : await openSharedStore(command.storeUrl);
  const { store, fleet = own.fleet, address = "" } = opened ?? {};
  if (!fleet) return { options: {}, close: async () => {} };
  try {
    const elsewhere = opened ? address : "store://elsewhere";
    const advertise = advertisedOrigin(command, elsewhere, addressesOfMachine());
    return {
      options: { ...(store ? { store } : {}), fleet, advertise },
      facts: `${advertise}${address === "" ? "" : `, found through ${address}`}`,
      close: async () => await opened?.[Symbol.asyncDispose](),
    };
  } catch (error) {
    await opened?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** The addresses at which others may reach this machine, if Deno may look them up. */
export function addressesOfMachine(): string[] {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" });
  if (state !== "granted") return [];
  return Deno.networkInterfaces().flatMap(({ family, address }) =>
    family === "IPv4" && !/^(127|169\.254)\./.test(address) ? [address] : []
  );
}

function hostOf(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function noAddress(detail: string): RunnerError {
  return new RunnerError("usage", detail);
}
