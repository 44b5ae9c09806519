/**
 * The store of a Worker: each record is in its own Durable Object, which is found by the record's
 * key.
 *
 * @module
 */
import type { OnceStore } from "../sessions/once.ts";
import { sessionKey, type SessionRecord, type SessionStore } from "../sessions/store.ts";

/** As much of a Durable Object's stub as is used. */
export interface DurableObjectStubLike {
  /** Lets the object answer a request. */
  fetch(request: Request): Promise<Response>;
}

/** As much of a `DurableObjectNamespace` as is used. */
export interface DurableObjectNamespaceLike {
  /** The id for a name. */
  idFromName(name: string): unknown;
  /** The object with an id; its first request brings it to life. */
  get(id: unknown): DurableObjectStubLike;
}

/** As much of a Durable Object's storage as is used. */
export interface RecordStorage {
  /** Reads a value. */
  get(key: string): Promise<unknown>;
  /** Writes a value. */
  put(key: string, value: unknown): Promise<void>;
  /** Removes a value; returns whether there was one. */
  delete(key: string): Promise<boolean>;
  /** Removes everything. */
  deleteAll(): Promise<void>;
  /** Sets the time, in ms since 1970, at which the object's `alarm()` is called. */
  setAlarm(time: number): Promise<void>;
}

/**
 * Keeps sessions in Durable Objects of the class `SessionObject`.
 *
 * @param namespace The binding of that class.
 */
export function objectStore(namespace: DurableObjectNamespaceLike): ObjectStore {
  return new ObjectStore(namespace);
}

/** A store that also knows where a session's requests belong. */
export class ObjectStore implements SessionStore {
  /** Notes of what may happen only once, each in its own object. */
  readonly once: OnceStore = {
    get: (key) => this.#note(key, "get"),
    add: (key, note, { ttl }) => this.#note(key, "add", { ttl, record: note }),
    set: async (key, note, { ttl }) => void await this.#note(key, "put", { ttl, record: note }),
    delete: async (key) => void await this.#note(key, "take"),
  };

  #namespace: DurableObjectNamespaceLike;

  /** Keeps sessions in a namespace. */
  constructor(namespace: DurableObjectNamespaceLike) {
    this.#namespace = namespace;
  }

  /** Stores a record for `ttl` ms. */
  async put(key: string, record: SessionRecord, ttl: number): Promise<void> {
    await this.#ask(key, "put", { ttl, record });
  }

  /** Reads a record. */
  async get(key: string): Promise<SessionRecord | undefined> {
    // Only `put` writes there.
    return await this.#ask(key, "get") as SessionRecord | undefined;
  }

  /** Reads and removes a record in one step. */
  async take(key: string): Promise<SessionRecord | undefined> {
    return await this.#ask(key, "take") as SessionRecord | undefined;
  }

  /** Lets a record live for `ttl` ms from now. */
  async extend(key: string, ttl: number): Promise<void> {
    await this.#ask(key, "extend", { ttl });
  }

  /** Lets the object of a session answer a request. */
  async forward(sessionId: string, request: Request): Promise<Response> {
    const copy = new Request(request);
    copy.headers.delete(OPERATION); // nobody but this store gives orders to the object's storage
    return await this.#object(sessionKey(sessionId)).fetch(copy);
  }

  async #note(
    key: string,
    operation: Operation,
    content: Partial<Stored> & { ttl?: number } = {},
  ): Promise<string | undefined> {
    const note = await this.#ask(`once:${key}`, operation, content);
    return typeof note === "string" ? note : undefined;
  }

  async #ask(
    key: string,
    operation: Operation,
    content: Partial<Stored> & { ttl?: number } = {},
  ): Promise<unknown> {
    const request = new Request("https://session.object/", {
      method: "POST",
      headers: { [OPERATION]: operation },
      body: JSON.stringify(content),
    });
    const response = await this.#object(key).fetch(request);
    if (!response.ok) throw new Error(`A session's object answered with ${response.status}`);
    const { record }: Partial<Stored> = await response.json();
    return record;
  }

  #object(key: string): DurableObjectStubLike {
    return this.#namespace.get(this.#namespace.idFromName(key));
  }
}

/** The header with which the store tells a session's object what to do. */
const OPERATION = "x-pipecat-record";
/** Where the object keeps the record. */
const KEY = "record";

type Operation = "put" | "add" | "get" | "take" | "extend";

interface Stored {
  /** A session's record, or a note. */
  readonly record: SessionRecord | string;
  /** In ms since 1970. */
  readonly expires: number;
}

/** Tells whether a request comes from the store. */
export function isRecordRequest(request: Request): boolean {
  return request.headers.has(OPERATION);
}

/** Does in a session's object what the store requests. */
export async function answerRecord(request: Request, storage: RecordStorage): Promise<Response> {
  const operation = request.headers.get(OPERATION);
  const { ttl = 0, record }: Partial<Stored> & { ttl?: number } = await request.json();
  const expires = Date.now() + ttl;
  if (operation === "put" && record !== undefined) {
    await store(storage, { record, expires });
    return Response.json({});
  }
  const stored = await read(storage);
  if (operation === "add" && record !== undefined) {
    // While an object waits for its storage, no other request intervenes.
    if (!stored) await store(storage, { record, expires });
  }
  if (operation === "get" || operation === "add") return Response.json({ record: stored?.record });
  if (operation === "extend") {
    if (stored) await store(storage, { ...stored, expires });
    return Response.json({});
  }
  // If two take it, the storage tells only one that it was there.
  const taken = await storage.delete(KEY);
  return Response.json(taken && stored ? { record: stored.record } : {});
}

async function store(storage: RecordStorage, stored: Stored): Promise<void> {
  await storage.put(KEY, stored);
  await storage.setAlarm(stored.expires);
}

async function read(storage: RecordStorage): Promise<Stored | undefined> {
  // Only `store` writes it.
  const stored = await storage.get(KEY) as Stored | undefined;
  return stored && stored.expires > Date.now() ? stored : undefined;
}
