/**
 * The carriers' own SDKs, and a local server that sees what they send.
 */
import http from "node:http";
import https from "node:https";
import plivoPackage from "plivo";
import { SaxesParser } from "saxes";

/** What Plivo's package does; its own types know nothing of the XML builder. */
interface PlivoPackage {
  readonly Response: new () => PlivoResponse;
  readonly Client: new (authId: string, authToken: string) => {
    readonly calls: { hangup(callId: string): Promise<unknown> };
  };
  validateV3Signature(
    method: string,
    uri: string,
    nonce: string,
    authToken: string,
    signature: string,
    parameters?: Record<string, string | string[]>,
  ): boolean;
}

/** The builder of Plivo's XML. */
export interface PlivoResponse {
  addStream(url: string, attributes: Record<string, string>): unknown;
  addSpeak(words: string): unknown;
  addHangup(attributes: Record<string, string>): unknown;
  toXML(): string;
}

// True: this is what the package holds, as the tests find out by calling it.
export const plivoSdk = plivoPackage as unknown as PlivoPackage;

/** A request as it arrived. */
export interface Captured {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A local server that notes each request and answers in turn; the last answer is repeated. */
export function captureServer(
  answers: readonly (() => Response | Promise<Response>)[],
): AsyncDisposable & { readonly origin: string; readonly requests: Captured[] } {
  const requests: Captured[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    requests.push({ method, path: pathname + search, headers, body: await request.text() });
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    const response = await answer!();
    response.headers.set("connection", "close"); // no idle connection outlives the test
    return response;
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Runs what an SDK does with every https request led to a local origin instead. */
export async function redirected<T>(origin: string, run: () => Promise<T>): Promise<T> {
  const original = https.request;
  const { hostname, port } = new URL(origin);
  const replacement = (options: http.RequestOptions, listener: () => void) =>
    http.request(
      { ...options, protocol: "http:", host: hostname, hostname, port, agent: false },
      listener,
    );
  Object.assign(https, { request: replacement });
  try {
    return await run();
  } finally {
    Object.assign(https, { request: original });
  }
}

/** An element of a parsed document. */
export interface Tree {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: (Tree | string)[];
}

/** Parses a document with a parser that accepts nothing but XML. */
export function parseXml(document: string): Tree {
  const root: Tree = { name: "", attributes: {}, children: [] };
  const open = [root];
  const parser = new SaxesParser({ xmlns: false });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: Tree = { name, attributes: { ...attributes }, children: [] };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    if (open.length > 1) open.at(-1)!.children.push(text);
  });
  parser.on("closetag", () => void open.pop());
  parser.write(document).close();
  const [only] = root.children;
  if (typeof only !== "object") throw new Error("no root element");
  return only;
}
