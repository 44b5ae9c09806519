/**
 * The video of a call: whose packets are whose, what is asked of the client, and what a bot may do.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import * as werift from "werift";
import { concat } from "../../../src/core/bytes.ts";
import type { Frame } from "../../../src/core/frame.ts";
import { readWebp } from "../../../src/video/webp.ts";
import { writeVp8Payloads } from "../../../src/video/vp8.ts";
import type { VideoLine } from "../../../src/ways/webrtc/sdp/video_lines.ts";
import { createVideo } from "../../../src/ways/webrtc/video/video.ts";
import { PNG, STRIPES } from "../../video/pictures.ts";
import { fakeConnection } from "../fake_connection.ts";

const MID_EXTENSION = 4;
const { frame: KEY } = readWebp(STRIPES);
const line = (source: "camera" | "screen", more: Partial<VideoLine> = {}): VideoLine => ({
  source,
  receives: true,
  shows: source === "camera",
  codec: "vp8",
  payloadType: 96,
  feedback: ["nack", "nack pli", "goog-remb"],
  ssrcs: [],
  mid: source === "camera" ? "1" : "2",
  midExtension: MID_EXTENSION,
  ridExtension: undefined,
  ...more,
});

function call(lines: readonly VideoLine[]) {
  const frames: Frame[] = [];
  const asked: string[] = [];
  const video = createVideo((frame) => frames.push(frame), getLogger(["test"]));
  const { connection } = fakeConnection();
  const up = {
    ...connection,
    video: lines,
    sendFeedback(packets: readonly Uint8Array[]) {
      const all = werift.RtcpPacketConverter.deSerialize(Buffer.from(concat(...packets)));
      for (const packet of all) {
        if (!(packet instanceof werift.RtcpPayloadSpecificFeedback)) continue;
        const { feedback } = packet;
        if (feedback instanceof werift.PictureLossIndication) {
          asked.push(`key ${feedback.mediaSsrc}`);
        }
        if (feedback instanceof werift.ReceiverEstimatedMaxBitrate) {
          asked.push(`${feedback.bitrate} bit/s`);
        }
      }
    },
  };
  let sequence = 0;
  const arrive = (source: number, mid?: string) => {
    const extension = mid === undefined ? undefined : Uint8Array.from(
      [
        0x90,
        96,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0xbe,
        0xde,
        0,
        1,
        MID_EXTENSION << 4,
        mid.charCodeAt(0),
        0,
        0,
      ],
    );
    return video.receive({
      marker: true,
      payloadType: 96,
      sequence: ++sequence,
      timestamp: sequence * 3000,
      source,
      payload: writeVp8Payloads(KEY, sequence)[0]!,
      ...(extension ? { head: extension } : {}),
    });
  };
  return { video, frames, asked, arrive, begin: () => video.begin(up) };
}

Deno.test("packets are told apart by their SSRC, and by the name of their section", async () => {
  const { video, arrive, begin } = call([line("camera"), line("screen", { ssrcs: [22] })]);
  video.configure({ camera: "onRequest", screen: "onRequest" });
  begin();
  const camera = video.snapshot({ source: "camera" });
  const screen = video.snapshot({ source: "screen" });

  arrive(11, "1");
  arrive(22);

  assert.equal((await camera).source, "camera");
  assert.equal((await screen).source, "screen");
  assert.equal(arrive(33), true, "a stream of nobody is video all the same");
  video.close();
});

Deno.test("a picture can be asked for before the client is there", async () => {
  const { video, asked, arrive, begin } = call([line("camera")]);
  video.configure({ camera: "onRequest" });

  const snapshot = video.snapshot();
  begin();
  await new Promise((resolve) => setTimeout(resolve, 0));
  arrive(11);

  assert.equal((await snapshot).width, 64);
  assert.deepEqual(asked, ["key 11"]);
  video.close();
});

Deno.test("the client is told how fast to send: what pictures need, and more for a screen", () => {
  const { video, asked, arrive, begin } = call([line("camera"), line("screen", { ssrcs: [22] })]);
  video.configure({ camera: "onRequest", screen: "onRequest" });
  begin();
  arrive(11, "1");
  video.tick();
  arrive(22);
  video.tick();
  video.tick();

  const rates = asked.filter((each) => each.endsWith("bit/s")).map((each) => parseInt(each));
  assert.deepEqual(rates.map((rate) => Math.round(rate / 1e5)), [4, 12], "not with every beat");
  video.configure({ encoded: true });
  video.tick();
  assert.ok(asked.some((each) => parseInt(each) > 4_900_000), `${asked}`);
  video.close();
});

Deno.test("what is no lossy WebP cannot be shown, and other codecs cannot be written", () => {
  const { video, begin } = call([line("camera")]);
  begin();
  const size = { width: 16, height: 16 };

  assert.throws(() => video.show(PNG), { code: "bad_picture", message: /is a PNG/ });
  assert.throws(() => video.own({ type: "image", data: PNG, format: "image/webp", ...size }), {
    code: "bad_picture",
  });
  assert.throws(() => video.own({ type: "video", data: KEY, codec: "h264", key: true }), {
    code: "bad_picture",
    message: /no video but VP8/,
  });
  video.write({ type: "image", data: PNG, format: "image/webp", ...size }); // what is piped
  video.close();
});

Deno.test("over another connection all streams are new", async () => {
  const { video, arrive, begin } = call([line("camera")]);
  video.configure({ camera: "onRequest" });
  begin();
  arrive(11);

  begin();
  const snapshot = video.snapshot();
  arrive(44);

  assert.equal((await snapshot).source, "camera");
  video.close();
});
