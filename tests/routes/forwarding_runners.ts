/**
 * A runner in front of media nodes, all in one process: the network between them is a function.
 *
 * @module
 */
import type { RunnerArguments } from "../../src/core/bot.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/mod.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import { fakePeers } from "../support/fake_peers.ts";

export const secret = "a secret that two runners share";
export const [ONE, TWO] = ["http://media1.test", "http://media2.test"] as const;
export const OFFER = { sdp: "v=0 offer", type: "offer", pc_id: null, restart_pc: false };
export const ICE = { candidate: "candidate:1", sdp_mid: "0", sdp_mline_index: 0 };

/** A media node whose bot reports its arguments and stays until its session ends. */
export function mediaNode(options: RunnerOptions = {}) {
  const webrtc = fakePeers();
  const calls: RunnerArguments[] = [];
  const runner = createRunner(async (args) => {
    calls.push(args);
    await new Promise<void>((resolve) => args.signal.addEventListener("abort", () => resolve()));
  }, { webrtc, secret, ...options });
  const host = (request: Request) => runner.fetch(request, memoryPlatform());
  return { runner, calls, peers: webrtc.peers, host };
}

/** A runner without WebRTC in front of two media nodes. */
export function edgeOfTwo(options: RunnerOptions = {}) {
  const [one, two] = [mediaNode(), mediaNode()];
  const network = fakeNetwork({ [ONE]: one.host, [TWO]: two.host });
  const edge = createRunner(() => {}, { secret, mediaNodes: [ONE, TWO], ...options });
  return {
    edge,
    one,
    two,
    network,
    /** What was sent to the nodes, besides questions about their load. */
    forwarded: () => network.sent.filter((line) => !line.endsWith("/readyz")),
    async [Symbol.asyncDispose]() {
      network[Symbol.dispose]();
      await Promise.all([one.runner.close(), two.runner.close(), edge.close()]);
    },
  };
}

export async function send(runner: Runner, method: string, path: string, body: unknown = {}) {
  const response = await runner.fetch(
    new Request(`https://bot.test${path}`, { method, body: JSON.stringify(body) }),
  );
  return { status: response.status, headers: response.headers, answer: await response.json() };
}

/** Begins sessions through the edge until a node has one; tells its id. */
export async function startOn(edge: Runner, node: { runner: Runner }): Promise<string> {
  for (let i = 0; i < 4; i++) {
    const { answer } = await send(edge, "POST", "/start", { body: { user: "u1" } });
    const { promised } = node.runner.sessions.load;
    if (promised > 0) return answer.sessionId;
  }
  throw new Error("The node was given no session");
}

export function changed(id: string): string {
  return `${id.slice(0, 5)}${id[5] === "0" ? "1" : "0"}${id.slice(6)}`;
}
