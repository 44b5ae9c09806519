/**
 * Faults counted for the whole process: read on each scrape.
 *
 * @module
 */
import { Counter, type Registry } from "./prometheus.ts";
import { allAudioFaults, type AudioFaults } from "../../core/audio_faults.ts";
import { CARRIER_NAMES } from "../../core/transport_names.ts";
import { type FailureLabels, failuresOf } from "../../core/failures.ts";

/** Whose audio it is, and what is wrong with it. */
const AUDIO: Readonly<Record<keyof AudioFaults, readonly [speaker: "user" | "bot", help: string]>> =
  {
    late: ["user", "Frames of callers' audio that came too late."],
    lost: ["user", "Frames of callers' audio that never came and were concealed."],
    unread: ["user", "Frames that were dropped because a bot did not read."],
    stale: ["bot", "Frames of live audio dropped on the way to a caller because they were late."],
  };

interface Failure {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Label values to report before the first failure; otherwise nobody would see the increase. */
  readonly known: readonly (readonly string[])[];
}

const FAILURES: Readonly<Record<keyof FailureLabels, Failure>> = {
  carrier: {
    name: "carrier_command_failures_total",
    help: "Commands to a carrier, such as to hang up, that failed after all attempts.",
    labels: ["carrier", "command"],
    known: CARRIER_NAMES.map((carrier) => [carrier, "hang_up"]),
  },
  forward: {
    name: "forward_failures_total",
    help: "Requests forwarded to another process that it did not answer.",
    labels: ["reason"],
    known: [["unreachable"], ["refused"]],
  },
  store: {
    name: "store_failures_total",
    help: "Operations of the session store that failed or took too long.",
    labels: ["operation"],
    known: [["put"], ["get"], ["take"], ["extend"]],
  },
};

/** Adds the counters. */
export function addFaults(registry: Registry): void {
  const registers = [registry];
  for (const fault of Object.keys(AUDIO) as (keyof AudioFaults)[]) {
    const [speaker, help] = AUDIO[fault];
    new Counter({
      name: `pipecat_runner_audio_${fault}_frames_total`,
      help,
      labelNames: ["transport", "speaker"],
      registers,
      collect() {
        this.reset();
        for (const [transport, faults] of allAudioFaults()) {
          this.inc({ transport, speaker }, faults[fault]);
        }
      },
    });
  }
  for (const kind of Object.keys(FAILURES) as (keyof FailureLabels)[]) {
    const { name, help, labels: labelNames, known } = FAILURES[kind];
    new Counter({
      name: `pipecat_runner_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        const none = known.map((labels) => ({ labels, count: 0 }));
        for (const { labels, count } of [...none, ...failuresOf(kind)]) {
          const named = labelNames.map((name, i) => [name, labels[i] ?? ""]);
          this.inc(Object.fromEntries(named), count);
        }
      },
    });
  }
}
