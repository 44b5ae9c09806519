/**
 * Pictures in an eval: the user shows some, and the harness is told what the bot shows.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import type { CallVideo } from "../../core/video.ts";
import { readWebp } from "../../video/webp.ts";

/** The pictures of one eval. */
export interface EvalPictures extends CallVideo {
  /** The user holds up a picture; true for one that `snapshot` can take, which is a lossy WebP. */
  hold(data: Uint8Array): boolean;
}

/**
 * Makes those of an eval.
 *
 * @param tell Tells the harness of a picture.
 */
export function evalPictures(
  tell: (
    picture: { readonly width: number; readonly height: number; readonly format: string },
  ) => void,
): EvalPictures {
  let held:
    | { readonly data: Uint8Array; readonly width: number; readonly height: number }
    | undefined;
  return {
    hold(data) {
      try {
        const { width, height } = readWebp(data);
        held = { data, width, height };
        return true;
      } catch {
        return false; // a picture of another kind, which only a file can be
      }
    },
    configure() {}, // a picture is there when it is shown
    snapshot({ source = "camera" } = {}) {
      if (held && source === "camera") {
        return Promise.resolve({ type: "image", format: "image/webp", source, ...held });
      }
      const detail = "The eval has shown no lossy WebP; other pictures come as send-file.";
      return Promise.reject(new RunnerError("no_picture", detail));
    },
    show(picture) {
      if (picture === false) return;
      const { width, height } = readWebp(picture);
      tell({ width, height, format: "WEBP" });
    },
  };
}
