/**
 * Calls through a runner over HTTP, as Pipecat's client makes them: the offer goes without
 * candidates, and those follow one by one.
 */
import { type Client, createClient } from "./client.ts";

/** A call that is up, or about to be. */
export interface TrickledCall {
  readonly sessionId: string;
  readonly pcId: string;
  readonly client: Client;
  /** The statuses of the answers to the candidates; 0 where there was none. */
  readonly patched: number[];
}

/** Starts a session, and calls. Resolves when the media can flow. */
export async function callTrickled(origin: string): Promise<TrickledCall> {
  const call = await dialTrickled(origin);
  await call.client.connected();
  return call;
}

/** Starts a session, and calls. Resolves when all candidates have been sent. */
export async function dialTrickled(origin: string): Promise<TrickledCall> {
  const { sessionId } = await json(await post(`${origin}/start`, "POST", { body: {} }));
  const client = await createClient();
  const offer = await client.offer();
  const candidates = [...offer.matchAll(/^a=(candidate:.*)\r\n/gm)].map(([, text]) => text ?? "");
  const sdp = offer.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, "");
  const url = `${origin}/sessions/${sessionId}/api/offer`;
  const answer = await json(await post(url, "POST", { sdp, type: "offer" }));
  client.connected().catch(() => {}); // whoever waits for it hears of it
  await client.accept(answer.sdp);
  const patched = await Promise.all([...candidates, ""].map(async (candidate) => {
    const line = { candidate, sdp_mid: "0", sdp_mline_index: 0 };
    const response = await post(url, "PATCH", { pc_id: answer.pc_id, candidates: [line] })
      .catch(() => undefined);
    await response?.body?.cancel();
    return response?.status ?? 0;
  }));
  return { sessionId, pcId: answer.pc_id, client, patched };
}

/** Sends JSON. */
export function post(url: string, method: string, body: unknown): Promise<Response> {
  return fetch(url, { method, body: JSON.stringify(body) });
}

async function json(response: Response) {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return await response.json();
}
