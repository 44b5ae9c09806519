/**
 * The parameters of `createTransport`: flat, by transport name, or both.
 *
 * @module
 */
import type { TransportName } from "../core/bot.ts";
import { flag, oneOf, option, type OptionParsers, parseOptions } from "../core/options.ts";
import type { PeerAudio } from "../core/peer.ts";
import type { VideoIn, VideoWish } from "../core/video.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import type { BotCapabilities } from "../rtvi/server_messages.ts";
import type { TransportParams } from "./transport.ts";

/**
 * How transports behave. Parameters at the top level apply to every transport; those under a
 * transport's name override them.
 */
export type TransportOptions =
  & TransportParams
  & Readonly<Partial<Record<TransportName, TransportParams>>>;

const rate = oneOf<PeerAudio["sampleRate"]>([8000, 16_000, 24_000, 48_000]);
const CAPABILITIES: OptionParsers<BotCapabilities> = {
  audio_in: flag,
  audio_out: flag,
  video_in: flag,
  screen_in: flag,
  video_out: flag,
  metrics: flag,
};
const framesPerSecond = option(
  "a number above 0 and up to 2, since each picture is a key frame; encoded gives every frame",
  (value): value is number => typeof value === "number" && value > 0 && value <= 2,
);
const WISH: OptionParsers<Exclude<VideoWish, string>> = { framesPerSecond, encoded: flag };
const videoWish = (value: unknown, name: string): VideoWish =>
  value === "onRequest" ? value : parseOptions<Exclude<VideoWish, string>>(WISH, value, name);
const VIDEO_IN: OptionParsers<VideoIn> = { camera: videoWish, screen: videoWish, encoded: flag };
const PARAMS: OptionParsers<TransportParams> = {
  audioInSampleRate: rate,
  audioInChannels: oneOf([1, 2]),
  audioOutSampleRate: rate,
  videoIn: (value) => parseOptions<VideoIn>(VIDEO_IN, value, "videoIn"),
  rtvi: oneOf(["auto", "manual"]),
  capabilities: (value) => parseOptions<BotCapabilities>(CAPABILITIES, value, "capabilities"),
};

/**
 * The parameters of one transport.
 *
 * @throws {RunnerError} `bad_option` for a wrong value, and for a key that is neither a parameter
 * nor a transport.
 */
export function paramsFor(name: TransportName, options: TransportOptions): TransportParams {
  const own = TRANSPORT_NAMES.map((transport) => [
    transport,
    (value: unknown) => parseOptions<TransportParams>(PARAMS, value, transport),
  ]);
  const parsers: OptionParsers<TransportOptions> = { ...PARAMS, ...Object.fromEntries(own) };
  const parsed = parseOptions<TransportOptions>(parsers, options);
  const all = Object.entries(parsed).filter(([key]) => key in PARAMS);
  return { ...Object.fromEntries(all), ...parsed[name] };
}
