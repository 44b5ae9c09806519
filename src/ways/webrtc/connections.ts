/**
 * The connections of a call, one after another: an offer that restarts the call has a new one.
 *
 * @module
 */
import type * as Werift from "werift";
import { RunnerError } from "../../core/error.ts";
import type { Logger } from "../../core/log.ts";
import type { IceCandidate } from "../../core/peer.ts";
import {
  type Connection,
  type ConnectionHandlers,
  type ConnectionSettings,
  createConnection,
} from "./connection.ts";
import { addAddresses, simplifyAnswer } from "./sdp/adapt_answer.ts";
import { type Offer, readOffer } from "./sdp/offer.ts";

/** How to connect, and what answers say about it. */
export interface ConnectionsSettings extends ConnectionSettings {
  /** IP addresses to name in answers besides those of this machine. */
  readonly publicAddresses: readonly string[];
  /** Reduces answers to what an ESP32 understands, with only this address's candidates. */
  readonly esp32: { readonly host: string | undefined } | undefined;
}

/** What happens on the connection that counts, and to it. */
export interface ConnectionsHandlers extends ConnectionHandlers {
  /** An offer was answered. */
  readonly onAnswer: (offer: Offer) => void;
  /** The call goes over to a new connection. */
  readonly onMove: () => void;
}

/** The connections of one call. */
export interface Connections {
  /** The one that counts. */
  readonly current: Connection;
  /**
   * Answers an offer, once those before it are answered.
   *
   * @param restart Whether the answer is that of a new connection.
   * @throws {RunnerError} `invalid_offer`, `unknown_peer` once the call is over, `too_many_offers`.
   */
  answer(sdp: string, restart: boolean): Promise<string>;
  /** Adds a candidate that trickled in, or ignores it. */
  addCandidate(candidate: IceCandidate): Promise<void>;
  /**
   * Ends the call; resolves when no socket and no timer is left.
   *
   * @param flush Whether the client is to have acknowledged all messages before, or some seconds are over.
   */
  close(flush: boolean): Promise<void>;
}

/** Offers that may wait for one another; a client waits for the answer to each. */
const MAX_UNANSWERED = 8;

/**
 * Makes the first connection, which waits for its offer.
 *
 * @param logger Knows whose call it is.
 */
export function createConnections(
  werift: typeof Werift,
  settings: ConnectionsSettings,
  handlers: ConnectionsHandlers,
  logger: Logger,
): Connections {
  let answering: Promise<unknown> = Promise.resolve();
  let unanswered = 0;
  let over = false;

  const open = (): Connection => {
    const isCurrent = () => connection === current;
    const connection = createConnection(werift, settings, {
      onConnect: () => isCurrent() && handlers.onConnect(),
      onEnd: (info) => isCurrent() && handlers.onEnd(info),
      onChannel: (channel) => isCurrent() && handlers.onChannel(channel),
      isWanted: (packet) => isCurrent() && handlers.isWanted(packet),
      onRtp: (packet) => isCurrent() && handlers.onRtp(packet),
      onRtcp: (report) => isCurrent() && handlers.onRtcp(report),
      onSign: () => isCurrent() && handlers.onSign(),
    });
    return connection;
  };
  /** Goes over to a new connection; the streams and what waits in them stay. */
  const move = (connection: Connection) => {
    if (over) return void connection.close();
    const previous = current;
    current = connection;
    handlers.onMove();
    void previous.close();
  };
  const answer = async (sdp: string, restart: boolean): Promise<string> => {
    const offer = readOffer(sdp);
    if (over) throw new RunnerError("unknown_peer", "The call is over; start a new one.");
    const connection = restart ? open() : current;
    let answer: string;
    try {
      answer = await connection.answer(offer);
    } catch (error) {
      if (restart) void connection.close();
      throw error;
    }
    if (restart) move(connection);
    handlers.onAnswer(offer);
    const { esp32, publicAddresses } = settings;
    const reachable = addAddresses(answer, publicAddresses);
    return esp32 ? simplifyAnswer(reachable, esp32.host) : reachable;
  };

  let current = open();
  return {
    get current() {
      return current;
    },
    answer(sdp, restart) {
      if (unanswered === MAX_UNANSWERED) {
        const detail = "Too many offers at once; wait for an answer before the next one.";
        return Promise.reject(new RunnerError("too_many_offers", detail));
      }
      unanswered++;
      // One after the other: werift takes no offer while it answers another.
      const answered = answering.then(() => answer(sdp, restart));
      answering = answered.catch((error) => {
        if (!(error instanceof RunnerError) || error.code !== "invalid_offer") return;
        const { message, cause } = error;
        logger.warn("An offer for peer {id} is refused: {reason}", { reason: message, cause });
      }).finally(() => unanswered--);
      return answered;
    },
    async addCandidate(candidate) {
      let reason: unknown = "it cannot be used";
      try {
        if (await current.addCandidate(candidate)) return;
      } catch (error) {
        reason = error;
      }
      logger.debug("A candidate of peer {id} is ignored: {reason}", { reason });
    },
    async close(flush) {
      over = true;
      const connection = current;
      if (flush) await connection.flush();
      await connection.close();
    },
  };
}
