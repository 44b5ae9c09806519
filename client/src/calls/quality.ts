import type { CallLog } from "../session/log.ts";
import type { Show } from "./call.ts";
import type { Steps } from "./line.ts";

const SAMPLE_MS = 1000;
const LOOK_MS = 5;

/**
 * Follows the steps of WebRTC from the offer to the open data channel. `onTried` is told, in words,
 * between which addresses a way was looked for.
 */
export function watchConnection(
  find: () => RTCPeerConnection | undefined,
  { begin, done, stopped }: Steps,
  onTried: (words: string) => void,
): void {
  begin("Offer");
  const look = setInterval(() => {
    const connection = find();
    if (stopped()) return clearInterval(look);
    if (!connection) return;
    clearInterval(look);
    // Once it has failed there is nothing left to see.
    const watch = setInterval(() => {
      if (stopped() || connection.connectionState === "connected") return clearInterval(watch);
      void describeFailure(connection).then((tried) => {
        if (tried) onTried(tried);
      });
    }, SAMPLE_MS / 2);
    const answered = (): void => {
      if (!connection.remoteDescription) return;
      done("Offer");
      begin("ICE");
    };
    const changed = (): void => {
      if (/^(connected|completed)$/.test(connection.iceConnectionState)) {
        answered();
        done("ICE");
        begin("DTLS");
      }
      if (connection.connectionState === "connected") {
        done("DTLS");
        begin("Data channel");
      }
    };
    connection.addEventListener("signalingstatechange", answered);
    connection.addEventListener("iceconnectionstatechange", changed);
    connection.addEventListener("connectionstatechange", changed);
    answered();
    changed();
  }, LOOK_MS);
}

/** Samples the connection once a second; returns the way to stop. */
export function watchQuality(
  connection: () => Pick<RTCPeerConnection, "getStats"> | undefined,
  { log, show }: { readonly log: CallLog; readonly show: Show },
): () => void {
  let before: Totals | undefined;
  const sample = async (): Promise<void> => {
    const stats = [...(await connection()?.getStats() ?? new Map()).values()] as Stat[];
    const incoming = stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
    const outgoing = stats.find(({ type, kind }) => type === "outbound-rtp" && kind === "audio");
    const pair = selectedPair(stats);
    if (!pair) return;
    const totals: Totals = {
      at: performance.now(),
      received: incoming?.bytesReceived ?? 0,
      sent: outgoing?.bytesSent ?? 0,
      packets: incoming?.packetsReceived ?? 0,
      lost: incoming?.packetsLost ?? 0,
    };
    const seconds = before ? (totals.at - before.at) / 1000 : 0;
    if (before && seconds > 0 && totals.packets >= before.packets) {
      const lost = Math.max(0, totals.lost - before.lost);
      const all = totals.packets - before.packets + lost;
      const { currentRoundTripTime: roundTrip } = pair;
      log.quality({
        ...(roundTrip === undefined ? {} : { roundTripMs: roundTrip * 1000 }),
        ...(incoming?.jitter === undefined ? {} : { jitterMs: incoming.jitter * 1000 }),
        lossPercent: all > 0 ? 100 * lost / all : 0,
        received: 8 * (totals.received - before.received) / 1000 / seconds,
        sent: 8 * (totals.sent - before.sent) / 1000 / seconds,
      });
    }
    before = totals;
    show({ path: describePair(pair, stats) });
  };
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS);
  void sample().catch(() => undefined);
  return () => clearInterval(timer);
}

/** How many bytes have come over the path in use. */
export async function received(connection: RTCPeerConnection | undefined): Promise<number> {
  const stats = [...(await connection?.getStats() ?? new Map()).values()] as Stat[];
  return selectedPair(stats)?.bytesReceived ?? 0;
}

interface Totals {
  readonly at: number;
  readonly received: number;
  readonly sent: number;
  readonly packets: number;
  readonly lost: number;
}

/** The parts of the browser's statistics that are used; each kind has some of them. */
interface Stat {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly state?: string;
  readonly nominated?: boolean;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly currentRoundTripTime?: number;
  readonly bytesReceived?: number;
  readonly bytesSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly address?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly candidateType?: string;
}

function selectedPair(stats: readonly Stat[]): Stat | undefined {
  const id = stats.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  return stats.find((stat) =>
    stat.type === "candidate-pair" &&
    (id ? stat.id === id : stat.nominated && stat.state === "succeeded")
  );
}

function describePair(pair: Stat, stats: readonly Stat[]): string {
  const side = (id: string | undefined): string => {
    const found = stats.find((stat) => stat.id === id);
    if (!found) return "?";
    return `${found.candidateType ?? "?"} ${found.address || "(hidden)"}:${found.port ?? "?"}`;
  };
  const protocol = stats.find(({ id }) => id === pair.localCandidateId)?.protocol ?? "udp";
  return `${side(pair.localCandidateId)} ↔ ${side(pair.remoteCandidateId)} over ${protocol}`;
}

/** Says which pairs ICE has tried. */
async function describeFailure(connection: RTCPeerConnection | undefined): Promise<string> {
  const report = await connection?.getStats().catch(() => undefined);
  const stats = [...(report ?? new Map()).values()] as Stat[];
  const pairs = stats.filter(({ type }) => type === "candidate-pair");
  const [first] = pairs;
  if (!first) return "";
  const others = pairs.length > 1 ? ` and ${pairs.length - 1} more` : "";
  return `Tried ${describePair(first, stats)}${others}.`;
}
