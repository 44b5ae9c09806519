/**
 * Pipecat Cloud in front of a container: it starts sessions, holds them open, and takes the requests of
 * their clients to the container as its gateway does. What the contract does not allow is an error.
 */
import assert from "node:assert/strict";
import type { Socket } from "../../src/core/duplex.ts";
import type { Runner } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";

/** The address of the container, for the platform alone. */
const POD = "http://10.0.0.7:8080";
/** What the gateway keeps from the container. */
const KEPT: readonly string[] = ["host", "content-length", "authorization"];

/** How a session is started. */
export interface Start {
  readonly body?: unknown;
  readonly transport?: "webrtc";
  readonly room?: { readonly url: string; readonly token: string };
  readonly flow?: unknown;
  readonly mostSeconds?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A session of the platform. */
export interface CloudSession {
  readonly id: string;
  /** The answer to `POST /bot`, which comes when the session is over. */
  readonly over: Promise<{ readonly status: number; readonly json: unknown }>;
  /** Whether that has come. */
  readonly held: () => Promise<boolean>;
  /** Sends a client's request to the session. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>;
  /** Opens the session's WebSocket. */
  connect(query?: string, headers?: Readonly<Record<string, string>>): Promise<Socket>;
}

/** The platform, in front of a runner. */
export function pipecatCloudInFront(runner: Runner) {
  const platform = memoryPlatform();
  const ask = (request: Request) => Promise.resolve(runner.fetch(request, platform));

  function session(id: string, over: CloudSession["over"]): CloudSession {
    let isOver = false;
    void over.then(() => isOver = true, () => isOver = true);
    return {
      id,
      over,
      async held() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return !isOver;
      },
      async send(method, path, body) {
        // As a browser's page sends it, from wherever it is.
        const sent = new Headers({
          "origin": "https://app.example.com",
          "authorization": "Bearer pk_1",
        });
        for (const name of KEPT) sent.delete(name);
        sent.set("x-daily-session-id", id);
        const init = body === undefined ? {} : { body: JSON.stringify(body) };
        const response = await ask(
          new Request(`${POD}${path}`, { method, headers: sent, ...init }),
        );
        return { status: response.status, text: await response.text() };
      },
      connect: (query = "", headers = {}) =>
        platform.connect(runner, `${POD.replace("http", "ws")}/ws${query}`, {
          "x-daily-session-id": id,
          ...headers,
        }),
    };
  }

  return {
    platform,
    /** Starts a session at `/bot`. */
    start({ body = {}, transport, room, flow, mostSeconds, headers = {} }: Start): CloudSession {
      const id = crypto.randomUUID();
      const over = (async () => {
        const response = await ask(
          new Request(`${POD}/bot`, {
            method: "POST",
            headers: {
              "content-type": "application/json",
              "x-daily-session-id": id,
              ...(transport ? { "x-daily-transport-type": transport } : {}),
              ...(room ? { "x-daily-room-url": room.url, "x-daily-room-token": room.token } : {}),
              ...(flow === undefined ? {} : { "x-pcc-start-envelope": "1" }),
              ...(mostSeconds === undefined ? {} : { "x-pcc-max-session-seconds": mostSeconds }),
              ...headers,
            },
            body: JSON.stringify(flow === undefined ? body : { body, flow_config: flow }),
          }),
        );
        const json = await response.json();
        if (response.ok) assert.deepEqual(json, {}, "the platform takes an empty object");
        return { status: response.status, json };
      })();
      return session(id, over);
    },
    /** A session that begins with its WebSocket, for which the platform asks no `/bot`. */
    visit: (): CloudSession => session(crypto.randomUUID(), new Promise(() => {})),
    /** Asks for the health of the container. */
    async probe(path: "/readyz" | "/livez") {
      const response = await ask(new Request(`${POD}${path}`));
      return { status: response.status, json: await response.json() };
    },
  };
}
