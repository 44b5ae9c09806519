/**
 * One WhatsApp call, from its first ring to its end.
 *
 * @module
 */
import { getLogger, inSession } from "../../core/log.ts";
import type { Bot } from "../../core/bot.ts";
import { RunnerError } from "../../core/error.ts";
import { peerArguments } from "../../transports/peer_arguments.ts";
import type { Peer, PeerFactory } from "../../core/peer.ts";
import type { Sessions } from "../../sessions/session.ts";
import type { WhatsAppGraph } from "./graph.ts";
import { asDtlsServer, sha256Only } from "./sdp.ts";
import type { WhatsAppCall } from "./webhook.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

/** How long answering may take in all, in ms. Meta lets a call ring for 30 to 60 s. */
const ANSWER_MS = 25_000;

/** What calls are taken with. */
export interface CallOptions {
  readonly bot: Bot;
  readonly peers: PeerFactory;
  readonly sessions: Sessions;
  readonly graph: WhatsAppGraph;
  readonly sessionId: string;
}

/** A call that was taken. */
export interface TakenCall {
  /** Resolves when the call is over and Meta knows it; never rejects. */
  readonly done: Promise<void>;
  /** Says that the caller has hung up, or given up. */
  hungUp(): void;
}

/**
 * Takes a call: connects while it rings, accepts, and starts the bot. Media flows only from then on.
 * Whatever goes wrong before is a call rejected.
 */
export function takeCall(call: WhatsAppCall, options: CallOptions): TakenCall {
  const { graph, sessionId } = options;
  const setup = new AbortController();
  const giveUp = (why: string) => setup.abort(new RunnerError("not_answered", why));
  let peer: Peer | undefined;
  let left = false;
  /** Whether Meta has taken it that we accept, as far as we know. */
  let accepted = false;
  let ending: Promise<void> | undefined;
  const end = () =>
    ending ??= left ? Promise.resolve() : graph.end(accepted ? "terminate" : "reject", call.id);

  const run = async () => {
    const timer = setTimeout(
      () => giveUp(`Answering took longer than ${ANSWER_MS} ms.`),
      ANSWER_MS,
    );
    const { promise: mediaAfter, resolve: letMediaFlow } = Promise.withResolvers<void>();
    try {
      const offer = asDtlsServer(call.session.sdp);
      const answered = await options.peers.answer(`pc_${crypto.randomUUID()}`, offer, {
        mediaAfter,
        sessionId,
      });
      peer = answered.peer;
      void peer.closed.then(() => giveUp("The connection broke off."));
      setup.signal.throwIfAborted();
      const sdp = sha256Only(answered.sdp);
      await graph.answer("pre_accept", call, sdp, setup.signal);
      accepted = true; // even if no response arrives
      await graph.answer("accept", call, sdp, setup.signal);
      clearTimeout(timer);
      const done = start(call, peer, options);
      letMediaFlow();
      void peer.closed.then(end);
      await done;
    } catch (error) {
      if (error instanceof RunnerError && error.code === "whatsapp_refused") accepted = false;
      if (!left) {
        logger.warn("A WhatsApp call could not be answered: {error}", { sessionId, error });
      }
    } finally {
      clearTimeout(timer);
    }
    peer?.close();
    await end();
  };
  return {
    done: inSession(sessionId, run),
    hungUp() {
      left = true;
      giveUp("The caller has given up.");
      peer?.close({ closeCode: 1000, reason: "The caller hung up", by: "user" });
    },
  };
}

function start(call: WhatsAppCall, peer: Peer, options: CallOptions): Promise<void> {
  const { bot, sessions, sessionId } = options;
  return sessions.start({
    id: sessionId,
    transport: "webrtc",
    body: call,
    connection: peer,
    run: (context) => bot(peerArguments(context, peer)),
  }).done;
}
