/**
 * Whom a bot meets in a LiveKit room.
 *
 * A room can have any participants, and several sessions if all share one name. The bot serves one
 * user: that of its own session, or else the first participant that belongs to no other session.
 *
 * @module
 */
import type { LiveKitRunnerArguments } from "../../core/bot.ts";
import type { CloseInfo } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import {
  isOfOtherSession,
  liveKitIdentities,
  type LiveKitLocalParticipant,
  type LiveKitParticipant,
  type LiveKitPublication,
  type LiveKitRoom,
  type LiveKitRtc,
  type LiveKitTrack,
} from "./rtc.ts";

/** What happens in the room. None of these may throw: the library would take it for its own error. */
export interface RoomHandlers<Track extends LiveKitTrack> {
  /** The user's audio arrives, on a track that replaces any earlier one. */
  readonly onTrack: (track: Track) => void;
  /** The user, or the owner of the LiveKit server, sends data. */
  readonly onData: (bytes: Uint8Array) => void;
  /** The user presses a key of a phone. */
  readonly onKey: (digit: string) => void;
  /** The user has left, or the room is closed. */
  readonly onEnd: (info: CloseInfo) => void;
}

/** A room that was joined. */
export interface JoinedRoom {
  readonly bot: LiveKitLocalParticipant;
  /** The served user; absent before anybody came. */
  readonly user: string | undefined;
  /** Resolves when the user has come. */
  readonly met: Promise<void>;
  /** Leaves the room; it never rejects. */
  leave(): Promise<void>;
}

/** Packets that wait until the user is announced. */
const MOST_EARLY = 64;
const AUDIO = 1;
/** Participants that are nobody: recorders and agents. */
const EGRESS = 2;
const AGENT = 4;

/**
 * Joins the room of a session.
 *
 * @throws {RunnerError} `room_not_joined` if the server does not admit the bot.
 */
export async function joinRoom<Track extends LiveKitTrack>(
  rtc: LiveKitRtc<Track>,
  { url, token, sessionId }: LiveKitRunnerArguments,
  handlers: RoomHandlers<Track>,
): Promise<JoinedRoom> {
  const room = new rtc.Room();
  const expected = liveKitIdentities(sessionId).user;
  const { promise: met, resolve: nowMet } = Promise.withResolvers<void>();
  let user: LiveKitParticipant | undefined;
  /**
   * Data that arrived before the user did: LiveKit announces people a little later than they speak.
   */
  const early: Uint8Array[] = [];

  const isUser = (who?: LiveKitParticipant) => who !== undefined && who.identity === user?.identity;
  const subscribe = (publication: LiveKitPublication, subscribed: boolean) => {
    if (publication.kind === AUDIO) publication.setSubscribed(subscribed);
  };
  const meet = (who: LiveKitParticipant) => {
    if (who.kind === AGENT || who.kind === EGRESS) return;
    if (isOfOtherSession(who.identity, sessionId)) return;
    if (user && (isUser(who) || who.identity !== expected)) return;
    for (const publication of user?.trackPublications.values() ?? []) subscribe(publication, false);
    user = who;
    for (const publication of who.trackPublications.values()) subscribe(publication, true);
    nowMet();
    for (const bytes of early.splice(0)) handlers.onData(bytes);
  };
  listen<Track>(room, {
    participantConnected: meet,
    participantDisconnected(who) {
      if (isUser(who)) handlers.onEnd({ closeCode: 1000, reason: "The user left the room" });
    },
    trackPublished(publication, who) {
      if (isUser(who)) subscribe(publication, true);
    },
    trackSubscribed(track, _publication, who) {
      if (isUser(who) && track.kind === AUDIO) handlers.onTrack(track);
    },
    dataReceived(bytes, who) {
      // Nobody is named when LiveKit's owner sends it, nor before the sender was announced.
      if (who !== undefined && !isUser(who)) return;
      if (user) handlers.onData(bytes);
      else if (early.length < MOST_EARLY) early.push(bytes);
    },
    dtmfReceived(_code, digit, who) {
      if (isUser(who)) handlers.onKey(digit);
    },
    disconnected: () => handlers.onEnd({ closeCode: 1006, reason: "The room was closed" }),
  });

  // The bot has no use for video, nor for those it does not serve.
  await room.connect(url, token, { autoSubscribe: false, dynacast: false }).catch((error) => {
    throw notJoined(error, token);
  });
  const bot = room.localParticipant;
  if (!bot) throw notJoined("the connection was lost", token);
  for (const who of room.remoteParticipants.values()) meet(who);
  return {
    bot,
    met,
    get user() {
      return user?.identity;
    },
    // What fails when leaving is gone already.
    leave: () => room.disconnect().catch(() => {}),
  };
}

/** The events of a room, of which the library's own types say the same. */
interface RoomEvents<Track extends LiveKitTrack> {
  participantConnected(who: LiveKitParticipant): void;
  participantDisconnected(who: LiveKitParticipant): void;
  trackPublished(publication: LiveKitPublication, who?: LiveKitParticipant): void;
  trackSubscribed(
    track: Track,
    publication: LiveKitPublication,
    who?: LiveKitParticipant,
  ): void;
  dataReceived(bytes: Uint8Array, who?: LiveKitParticipant): void;
  dtmfReceived(code: number, digit: string, who?: LiveKitParticipant): void;
  disconnected(): void;
}

function listen<Track extends LiveKitTrack>(room: LiveKitRoom, events: RoomEvents<Track>): void {
  for (const [event, listener] of Object.entries(events)) room.on(event, listener);
}

function notJoined(cause: unknown, token: string): RunnerError {
  // The library quotes the token; and without its cause no log can.
  const why = (cause instanceof Error ? cause.message : String(cause)).replaceAll(token, "…");
  return new RunnerError("room_not_joined", `The LiveKit room was not joined: ${why}.`);
}
