/**
 * A connection to Redis that heals by itself.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import { parseRedisUrl, shownAddress } from "./address.ts";
import { RedisError } from "./client.ts";
import { type IoRedis, loadIoRedis } from "./ioredis.ts";
import { checkServer } from "./server_check.ts";

const logger = getLogger(["pipecat", "runner", "store"]);

/**
 * How long connecting may take, and how long a server may take to answer before it is left, in ms.
 */
const SILENT_MS = 2_000;
/** How long to wait before connecting again, in ms: at first, and at most. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

/** How a server says that the URL is wrong, rather than that it is away. */
const REFUSED = /^(WRONGPASS|NOAUTH|ERR (invalid password|DB index|invalid DB index))/;

/** A connection to Redis: what `redisStore` and `redisFleet` take. */
export interface RedisConnection extends AsyncDisposable {
  /** Its address, without the login, such as `redis://redis.example.com:6379`. */
  readonly address: string;
  /** Runs a command; rejects at once while there is no connection. */
  call(command: string, ...args: string[]): Promise<unknown>;
  /** Ends the connection. */
  close(): Promise<void>;
}

/**
 * Connects to Redis or Valkey. If the server cannot be reached, at the start or later, that is not
 * an error: it is logged, and the connection is retried until it succeeds. Without a connection,
 * commands fail at once.
 *
 * Needs the npm package `ioredis`, which Deno downloads by itself; on Node and Bun, install it.
 *
 * @param url Such as `redis://localhost:6379`; `rediss:` for TLS, with a login and the number of a
 * database as in `rediss://user:password@redis.example.com:6380/2`. `valkey:` and `valkeys:` mean the
 * same.
 * @throws {RunnerError} `bad_option` for any other URL, and if the server refuses the login or the
 * database, or is older than 6.2; `package_missing`.
 *
 * @example
 * ```ts ignore
 * const redis = await connectRedis("redis://localhost:6379");
 * await serve(bot, { store: redisStore(redis) });
 * ```
 */
export async function connectRedis(url: string): Promise<RedisConnection> {
  const parsed = parseRedisUrl(url, "store");
  const { Redis } = await loadIoRedis();
  const client = new Redis({
    ...parsed,
    lazyConnect: true,
    protocol: 2, // every version supports it
    connectTimeout: SILENT_MS,
    socketTimeout: SILENT_MS,
    retryStrategy: (times) => Math.min(FIRST_RETRY_MS * 2 ** Math.min(times, 10), LAST_RETRY_MS),
    // A failed command is reported at once: running it later would be for nobody.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // After a failover this server is no longer the one to write to: its name leads to another.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  const address = shownAddress(parsed);
  const state = watch(client, address);
  const connection: RedisConnection = {
    address,
    async call(command, ...args) {
      try {
        return await client.call(command, ...args);
      } catch (error) {
        // Without a connection the client says only that it no longer tries.
        if (state.failure === undefined) throw error;
        throw new RedisError(`No connection: ${state.failure}`);
      }
    },
    close() {
      state.closing = true;
      client.disconnect();
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
  await client.connect().catch(() => {}); // it is logged and retried
  try {
    if (state.refusal !== undefined) {
      const detail = `The store at ${address} refused the connection: "${state.refusal}".`;
      throw new RunnerError("bad_option", detail);
    }
    state.starting = false;
    if (state.failure === undefined) await checkServer(address, connection.call);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

/** The state of a connection. */
interface ConnectionState {
  /** Why there is no connection; undefined while there is one. */
  failure: string | undefined;
  /** The server's words if it has said that it will never accept this client. */
  refusal: string | undefined;
  /** Set until it was tried once: a refusal is an error then, and no line of the log. */
  starting: boolean;
  /** Set once this side ends it. */
  closing: boolean;
}

/** Follows a connection, and logs once when it is lost and once when it is back. */
function watch(client: IoRedis, address: string): ConnectionState {
  const state: ConnectionState = {
    failure: "connecting",
    refusal: undefined,
    starting: true,
    closing: false,
  };
  let told = false;
  const lost = (reason: string) => {
    state.failure = reason;
    if (told || state.closing || (state.starting && state.refusal !== undefined)) return;
    told = true;
    logger.error("The store at {address} cannot be reached: {reason}", { address, reason });
  };
  client.on("error", (error) => {
    const { message } = new RedisError(error.message);
    if (REFUSED.test(message)) state.refusal = message;
    lost(message);
  });
  client.on("close", () => {
    if (state.failure === undefined) lost("the connection was closed");
  });
  client.on("ready", () => {
    state.failure = undefined;
    if (told) logger.warn("The store at {address} can be reached again", { address });
    told = false;
  });
  return state;
}
