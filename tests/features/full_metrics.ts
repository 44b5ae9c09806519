/**
 * What Prometheus finds once everything has happened that is counted.
 *
 * @module
 */
import { audioFaultsOf } from "../../src/core/audio_faults.ts";
import type { RunnerArguments } from "../../src/core/bot.ts";
import { countFailure } from "../../src/core/failures.ts";
import { processMetrics } from "../../src/runtimes/process_metrics.ts";
import { createRunner } from "../../src/runner.ts";
import type { Transport } from "../../src/transports/transport.ts";

const TOKEN = "a-token-of-a-good-length";

/** The text of a scrape in which every metric has a sample. */
export async function fullMetrics(): Promise<string> {
  const feature = processMetrics(TOKEN);
  const runner = createRunner(() => {}, { use: [feature], limits: { maxSessions: 10 } });
  const stream = { lossRatio: 0.01, jitterMs: 5, mos: 4.2 };
  const stats = () => ({ roundTripMs: 40, firstAudioMs: 500, user: stream, bot: stream });
  await feature.session?.({ id: "1", transport: "webrtc", startMs: 3 }, () => {
    feature.tap?.({ stats } as Transport, { sessionId: "1" } as RunnerArguments);
    return Promise.resolve({ outcome: "left" });
  });
  feature.refused?.("full");
  audioFaultsOf("webrtc").late++;
  countFailure("carrier", "twilio", "dial");
  await runner.fetch(new Request("http://localhost/status"));
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await runner.fetch(new Request("http://localhost/metrics", { headers }));
  const text = await answer.text();
  await runner.close();
  return text;
}

/** The labels of every metric, by the names that queries use. */
export function labelsByMetric(text: string): Map<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [, name, labels = ""] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = found.get(name) ?? new Set();
    found.set(name, known);
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
  }
  return found;
}
