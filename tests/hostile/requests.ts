/**
 * HTTP requests that no honest client sends, for every route.
 */
import fc from "fast-check";
import { oddHeader } from "./evil.ts";
import { type Target, TARGETS } from "./targets.ts";

/** A request. Its text has one character a byte, and may hold {@link SLOTS}. */
export interface HttpInput {
  /** What it aims at. */
  readonly kind: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /**
   * How the body's length is told: rightly, in chunks, not at all, too small, too large, twice, or as
   * chunks that are none.
   */
  readonly framing: "length" | "chunked" | "none" | "short" | "long" | "both" | "badChunks";
  /** Whether it comes at once, byte by byte, or is cut off. */
  readonly pace: "whole" | "slow" | "cut";
  /** Bytes of spaces behind the body, to bring it near a limit. */
  readonly pad: number;
  /** Signs the body as this sender would. */
  readonly sign?: "whatsapp";
}

/** What the sender of a request puts in: ids of sessions that wait, and one-time tokens. */
export const SLOTS = ["{webrtc}", "{websocket}", "{token}", "{peer}"] as const;

const TYPES = ["application/json", "application/x-www-form-urlencoded"];

/** Requests of every kind. */
export const httpInput: fc.Arbitrary<HttpInput> = fc.oneof(
  ...Object.entries(TARGETS).map(([kind, target]) => ({
    weight: target.weight,
    arbitrary: aimed(kind, target),
  })),
);

function aimed(kind: string, target: Target): fc.Arbitrary<HttpInput> {
  const { limit } = target;
  return fc.record({
    method: target.method,
    target: target.path,
    body: target.body,
    odd: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(oddHeader, { maxLength: 4 }) },
      { weight: 1, arbitrary: oddHeader.map((header) => Array(30).fill(header)) },
    ),
    type: fc.oneof(
      { weight: 9, arbitrary: fc.constant(target.type) },
      { weight: 1, arbitrary: fc.constantFrom(...TYPES, "text/plain", "") },
    ),
    framing: fc.oneof(
      { weight: 40, arbitrary: fc.constant("length" as const) },
      { weight: 8, arbitrary: fc.constant("chunked" as const) },
      {
        weight: 3,
        arbitrary: fc.constantFrom("none", "short", "long", "both", "badChunks"),
      },
    ),
    pace: fc.oneof(
      { weight: 60, arbitrary: fc.constant("whole" as const) },
      { weight: 1, arbitrary: fc.constant("slow" as const) },
      { weight: 2, arbitrary: fc.constant("cut" as const) },
    ),
    edge: fc.oneof(
      { weight: 60, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 0, 1, 70_000) },
    ),
  }).map(({ odd, type, edge, ...input }) => ({
    kind,
    ...input,
    headers: [...(type ? [["content-type", type] as const] : []), ...odd],
    pad: limit === undefined || edge === undefined
      ? 0
      : Math.max(0, limit + edge - input.body.length),
    ...(target.sign ? { sign: target.sign } : {}),
  }));
}
