/**
 * Those who wait for a picture from now.
 *
 * @module
 */
import { RunnerError } from "../../../core/error.ts";
import type { ImageFrame, VideoSource } from "../../../core/video.ts";

/** Who waits for pictures of one source. */
export interface Snapshots {
  /** Whether anybody waits. */
  readonly wanted: boolean;
  /** Waits from now on, at most for this time; rejects with `no_picture`. */
  wait(timeoutMs: number, now: number): Promise<ImageFrame>;
  /** Hands a picture to those who waited already when its first packet arrived. */
  hand(picture: ImageFrame, began: number): void;
  /** Refuses those who have waited long enough. */
  expire(reason: string, now: number): void;
  /** Refuses all who wait. */
  refuse(reason: string): void;
}

interface Waiting {
  readonly since: number;
  readonly until: number;
  readonly resolve: (picture: ImageFrame) => void;
  readonly reject: (error: RunnerError) => void;
}

/** Makes an empty list. */
export function createSnapshots(name: VideoSource): Snapshots {
  let all: Waiting[] = [];
  /** Takes those out of the list for which it is time. */
  const take = (isTime: (waiting: Waiting) => boolean): Waiting[] => {
    if (all.length === 0) return all;
    const taken = all.filter(isTime);
    all = all.filter((waiting) => !taken.includes(waiting));
    return taken;
  };
  return {
    get wanted() {
      return all.length > 0;
    },
    wait(timeoutMs, now) {
      return new Promise((resolve, reject) => {
        all.push({ since: now, until: now + timeoutMs, resolve, reject });
      });
    },
    hand(picture, began) {
      for (const { resolve } of take(({ since }) => since <= began)) resolve(picture);
    },
    expire(reason, now) {
      for (const { reject } of take(({ until }) => until <= now)) reject(noPicture(name, reason));
    },
    refuse(reason) {
      for (const { reject } of take(() => true)) reject(noPicture(name, reason));
    },
  };
}

/** The error of a picture that is not to be had. */
export function noPicture(name: VideoSource, reason: string): RunnerError {
  return new RunnerError("no_picture", `There is no picture of the ${name}: ${reason}.`);
}
