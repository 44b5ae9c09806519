/**
 * How well calls went, observed once per call, when it ends.
 *
 * @module
 */
import { Histogram, type Registry } from "./prometheus.ts";
import type { StreamStats } from "../../core/call_stats.ts";
import type { MonitoredSession } from "../../core/monitor.ts";
import type { Transport } from "../../transports/transport.ts";

/** In seconds. */
const ROUND_TRIP = [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2];
const JITTER = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5];
const FIRST_AUDIO = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
/** As a share. */
const LOSS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
/** From bad to as good as a telephone call can be, in the steps of ITU-T G.107 table B.1. */
const MOS = [1, 2, 2.58, 3.1, 3.6, 4.03, 4.34, 4.5];

/** The call of a session, while it runs. */
export interface WatchedCall {
  /** The bot talks through this; the last one counts. */
  opened(transport: Pick<Transport, "stats">): void;
  /** Observes how it went, if that is known. */
  end(): void;
}

/** Adds the histograms; returns a function that watches the call of a session. */
export function addCalls(
  registry: Registry,
): (session: Pick<MonitoredSession, "transport" | "startMs">) => WatchedCall {
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[],
  ) =>
    new Histogram({
      name: `pipecat_runner_${name}`,
      help,
      buckets,
      labelNames,
      registers: [registry],
    });
  const firstAudio = histogram(
    "first_bot_audio_seconds",
    "Time from a session's first request until its bot is heard for the first time.",
    FIRST_AUDIO,
    ["transport"],
  );
  const roundTrip = histogram(
    "call_round_trip_seconds",
    "Round trip to the client or carrier: the mean of each call.",
    ROUND_TRIP,
    ["transport"],
  );
  const jitter = histogram(
    "call_jitter_seconds",
    "Jitter of the arriving audio (RFC 3550): the mean of each call.",
    JITTER,
    ["transport", "speaker"],
  );
  const loss = histogram(
    "call_loss_ratio",
    "Share of the audio packets of each call that never arrived.",
    LOSS,
    ["transport", "speaker"],
  );
  const mos = histogram(
    "call_mos",
    "The mean opinion score of each call by the E-model (ITU-T G.107), from 1 to 4.5.",
    MOS,
    ["transport", "speaker"],
  );
  const observe = (labels: { transport: string; speaker: string }, stream?: StreamStats) => {
    if (!stream) return;
    jitter.observe(labels, stream.jitterMs / 1000);
    loss.observe(labels, stream.lossRatio);
    mos.observe(labels, stream.mos);
  };
  return ({ transport, startMs = 0 }) => {
    const requestedAt = performance.now() - startMs;
    let open: { readonly stats: Transport["stats"]; readonly afterMs: number } | undefined;
    return {
      opened: ({ stats }) => open = { stats, afterMs: performance.now() - requestedAt },
      end() {
        if (!open) return;
        const { firstAudioMs, roundTripMs, user, bot } = open.stats();
        if (firstAudioMs !== undefined) {
          firstAudio.observe({ transport }, (open.afterMs + firstAudioMs) / 1000);
        }
        if (roundTripMs !== undefined) roundTrip.observe({ transport }, roundTripMs / 1000);
        observe({ transport, speaker: "user" }, user);
        observe({ transport, speaker: "bot" }, bot);
      },
    };
  };
}
