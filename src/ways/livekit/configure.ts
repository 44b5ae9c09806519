/**
 * LiveKit rooms, and the tokens to join them.
 *
 * A room needs no making: LiveKit opens it for the first who joins. So all that a session takes is two
 * tokens, and those are signed here.
 *
 * @module
 */
import type { Environment } from "../../core/carrier.ts";
import { type LiveKitAccount, liveKitAccount } from "./account.ts";
import { liveKitIdentities } from "./rtc.ts";
import { signToken } from "../../core/jwt.ts";

/** How long one can join with a token, in seconds: LiveKit's own default. */
const TOKEN_SECONDS = 6 * 60 * 60;

/** Settings of {@link configureLiveKit}; every one but the account has a default. */
export interface ConfigureLiveKitOptions {
  /** Holds `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`. */
  readonly environment: Environment;
  /** Instead of `LIVEKIT_ROOM_NAME`; a new name such as `pipecat-1f2e3d4c` if there is neither. */
  readonly roomName?: string;
  /** Keeps the participants of several sessions in one room apart: their names end with it. */
  readonly sessionId?: string;
}

/** A room, and a token to it for each of the two who are to meet there. */
export interface LiveKitRoomConfig {
  /** The address of the LiveKit server. */
  readonly url: string;
  /** The name of the room on that server. */
  readonly roomName: string;
  /** The bot's token. */
  readonly token: string;
  /** The user's token. */
  readonly userToken: string;
}

/**
 * Names a room and signs its tokens. Each is valid for six hours: to join, not to stay.
 *
 * @throws {RunnerError} `no_credentials`, naming the variables that are missing.
 */
export async function configureLiveKit(
  options: ConfigureLiveKitOptions,
): Promise<LiveKitRoomConfig> {
  const account = liveKitAccount(options.environment);
  const { url } = account;
  const roomName = options.roomName ?? account.roomName ??
    `pipecat-${crypto.randomUUID().slice(0, 8)}`;
  const { agent, user } = liveKitIdentities(options.sessionId);
  const [token, userToken] = await Promise.all([
    roomToken(account, { roomName, identity: agent, agent: true }),
    roomToken(account, { roomName, identity: user }),
  ]);
  return { url, roomName, token, userToken };
}

/** Whom a token lets in, and where. */
interface TokenGrant {
  readonly roomName: string;
  readonly identity: string;
  /** Whether to tell the room that this is an agent. */
  readonly agent?: boolean;
}

function roomToken(account: LiveKitAccount, grant: TokenGrant): Promise<string> {
  const { roomName: room, identity, agent } = grant;
  const now = Math.floor(Date.now() / 1000);
  return signToken({
    sub: identity,
    name: identity,
    iss: account.apiKey,
    nbf: now,
    exp: now + TOKEN_SECONDS,
    video: {
      roomJoin: true,
      room,
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      ...(agent ? { agent } : {}),
    },
  }, account.apiSecret);
}
