/**
 * The video of a call, over one connection after another.
 *
 * @module
 */
import { RunnerError } from "../../../core/error.ts";
import type { Frame } from "../../../core/frame.ts";
import type { Logger } from "../../../core/log.ts";
import { within } from "../../../core/wait.ts";
import type { CallVideo, ImageFrame, VideoFrame, VideoSource } from "../../../core/video.ts";
import { readWebp } from "../../../video/webp.ts";
import type { Connection } from "../connection.ts";
import type { RtcpReport } from "../guard/rtcp_compound.ts";
import { headerExtension, type RtpPacket } from "../guard/rtp_packet.ts";
import type { VideoLine } from "../sdp/video_lines.ts";
import { emptyReport, genericNack, pictureLoss, receiverLimit } from "./feedback.ts";
import {
  createVideoInput,
  inputWish,
  noPictureIn,
  type VideoInput,
  type VideoRequests,
} from "./input.ts";
import { createVideoOutput } from "./output.ts";

/** Video, as a peer drives it. */
export interface Video extends CallVideo {
  /** Begins, or goes on, over a connection that is up. */
  begin(connection: Connection): void;
  /** Whether a packet is worth opening: all but video that nobody waits for. */
  admits(packet: Uint8Array): boolean;
  /** Takes a packet; returns false if it is not video. */
  receive(packet: RtpPacket): boolean;
  /** Takes a report of the client. */
  heard(report: RtcpReport): void;
  /** The client says whether it films, by the number of its section. */
  turn(section: number, isOn: boolean): void;
  /**
   * Makes a frame that the bot writes our own.
   *
   * @throws {RunnerError} `bad_picture` if it cannot be shown.
   */
  own<T extends ImageFrame | VideoFrame>(frame: T): T;
  /** Sends a frame that the bot has written. */
  write(frame: ImageFrame | VideoFrame): void;
  /** Lets time pass, in beats of 20 ms. */
  tick(): void;
  /** Ends. */
  close(): void;
}

/** Pipecat's clients number their sections so. */
const SECTIONS: Readonly<Record<number, VideoSource>> = { 1: "camera", 2: "screen" };
const SNAPSHOT_MS = 3000;
/**
 * How fast the client may send, in bit/s. If nobody looks, it then sends a few frames a second. If
 * pictures are needed, it neither shrinks them nor sends many packets between them.
 */
const LIMITS = {
  camera: { nothing: 10_000, pictures: 400_000, everything: 2_500_000 },
  screen: { nothing: 10_000, pictures: 800_000, everything: 2_500_000 }, // it is to be read
};
const LIMIT_EVERY_MS = 1000;
/**
 * A bot may need this long to say what it wants to see: a camera that was slowed down stays
 * blurred.
 */
const UNDECIDED_MS = 2000;

/**
 * Makes the video of a call.
 *
 * @param push Receives what the client sends.
 * @param logger Knows whose video it is.
 */
export function createVideo(push: (frame: Frame) => void, logger: Logger): Video {
  const began = performance.now();
  let connection: Connection | undefined;
  let lines: readonly VideoLine[] = [];
  /** The payload types of the lines that the client sends on. */
  let types: ReadonlySet<number> = new Set();
  let limited: { readonly rate: number; readonly at: number } | undefined;
  let begunAt = Infinity;
  let told = false;
  let warned = false;
  const begun = Promise.withResolvers<void>();

  const own = () => connection?.videoSource ?? 0;
  const ask = (...packets: Uint8Array[]) =>
    connection?.sendFeedback([emptyReport(own()), ...packets]);
  const requests: VideoRequests = {
    keyFrame: (source) => ask(pictureLoss(own(), source)),
    again: (source, missing) => ask(genericNack(own(), source, missing)),
  };
  const inputs: Readonly<Record<VideoSource, VideoInput>> = {
    camera: createVideoInput("camera", requests, push, began),
    screen: createVideoInput("screen", requests, push, began),
  };
  const all = Object.values(inputs);
  const output = createVideoOutput({
    send(header, payload) {
      const line = lines.find(({ shows }) => shows);
      if (!connection || !line) return;
      const { payloadType } = line;
      return connection.sendVideo({ ...header, payloadType, ssrc: own() }, payload);
    },
    resend: (sealed) => connection?.resend(sealed),
  });

  /** Follows what the latest answer has agreed. */
  const follow = (now: number, isNew = false) => {
    const next = connection?.video ?? [];
    if (next === lines) return;
    const isSeen = next.some(({ shows }) => shows);
    lines = next;
    const sent = lines.filter(({ receives }) => receives);
    types = new Set(sent.map(({ payloadType }) => payloadType));
    inputs.camera.follow(sent.find(({ source }) => source === "camera"), isNew);
    inputs.screen.follow(sent.find(({ source }) => source === "screen"), isNew);
    if (isSeen) output.begin(now);
    warnOfCodec();
  };
  /** Once a call: a bot that waits for pictures would wait for ever. */
  const warnOfCodec = () => {
    const line = lines.find(({ source, receives, codec }) =>
      source && receives && codec !== "vp8" && inputs[source].wanted === "pictures"
    );
    if (!line || warned) return;
    warned = true;
    logger.warn("There will be no pictures of a client: {reason}", {
      reason: noPictureIn(line.codec),
    });
  };
  /** The input whose stream a packet belongs to. */
  const inputOf = ({ source, payloadType, head }: RtpPacket): VideoInput | undefined => {
    const known = all.find((input) => input.source === source);
    if (known) return known;
    const sent = lines.filter((line) => line.receives && line.payloadType === payloadType);
    const named = (line: VideoLine): boolean => {
      const { mid, midExtension } = line;
      if (!head || mid === undefined || midExtension === undefined) return false;
      const name = headerExtension(head, midExtension);
      return name !== undefined && String.fromCharCode(...name) === mid;
    };
    const line = sent.find(({ ssrcs }) => ssrcs.includes(source)) ?? sent.find(named) ??
      (sent.length === 1 ? sent[0] : undefined);
    return line?.source && inputs[line.source];
  };
  const limit = (now: number) => {
    const sources: number[] = [];
    let rate = 0;
    for (const name of ["camera", "screen"] as const) {
      const { source, wanted } = inputs[name];
      if (source === undefined) continue;
      sources.push(source);
      rate += LIMITS[name][wanted];
    }
    const knows = lines.some(({ feedback }) => feedback.includes("goog-remb"));
    if (!knows || sources.length === 0) return;
    if (all.every(({ wanted }) => wanted === "nothing") && now - begunAt < UNDECIDED_MS) return;
    if (rate === limited?.rate && now - limited.at < LIMIT_EVERY_MS) return;
    limited = { rate, at: now };
    ask(receiverLimit(own(), sources, rate));
  };
  const show = (picture: Uint8Array | false) => {
    output.show(picture === false ? false : readWebp(picture).frame.slice(), performance.now());
  };
  const check = (frame: ImageFrame | VideoFrame) => {
    if (frame.type === "image") readWebp(frame.data);
    else if (frame.codec !== "vp8") {
      throw new RunnerError("bad_picture", "A bot can send no video but VP8.");
    }
  };
  /** Once a call: a bot writes the same kind of picture again and again. */
  const complain = (error: unknown) => {
    if (!told) logger.error("The bot wrote a picture that cannot be shown: {error}", { error });
    told = true;
  };

  return {
    configure({ camera, screen, encoded = false }) {
      inputs.camera.want(inputWish(camera, encoded));
      inputs.screen.want(inputWish(screen, encoded));
      warnOfCodec();
    },
    async snapshot({ source = "camera", timeoutMs = SNAPSHOT_MS } = {}) {
      const until = performance.now() + timeoutMs;
      // A bot may ask as soon as it is called, which is before the client can send.
      if (!connection) await within(timeoutMs, begun.promise);
      const now = performance.now();
      follow(now);
      return await inputs[source].snapshot(until - now, now);
    },
    show,
    begin(next) {
      connection = next;
      begunAt = Math.min(begunAt, performance.now());
      limited = undefined;
      begun.resolve();
      follow(performance.now(), true);
    },
    admits(packet) {
      if (!types.has(packet[1]! & 0x7f) || packet.length < 12) return true;
      const sequence = packet[2]! << 8 | packet[3]!;
      const source = (packet[8]! << 24 | packet[9]! << 16 | packet[10]! << 8 | packet[11]!) >>> 0;
      const input = all.find((input) => input.source === source);
      return input?.admits(sequence, performance.now()) ?? true;
    },
    receive(packet) {
      if (!types.has(packet.payloadType)) return false;
      inputOf(packet)?.receive(packet, performance.now());
      return true;
    },
    heard(report) {
      if (!("source" in report) || report.source !== own()) return;
      if (report.type === "pictureLoss") output.lost(performance.now());
      if (report.type === "nack") output.again(report.missing);
    },
    turn(section, isOn) {
      const source = SECTIONS[section];
      if (source) inputs[source].turn(isOn);
    },
    own(frame) {
      check(frame);
      return { ...frame, data: frame.data.slice() };
    },
    write(frame) {
      try {
        check(frame);
        if (frame.type === "image") show(frame.data);
        else output.write(frame.data, frame.key, performance.now());
      } catch (error) {
        complain(error); // what is piped was not checked as it was written
      }
    },
    tick() {
      const now = performance.now();
      follow(now);
      if (lines.length === 0) return;
      for (const input of all) input.tick(now);
      output.tick(now);
      limit(now);
    },
    close() {
      begun.resolve();
      for (const input of all) input.close();
    },
  };
}
