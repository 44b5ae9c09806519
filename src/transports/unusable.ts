/**
 * Unusable messages from the other side: none ends a call, and the log mentions them twice.
 *
 * @module
 */
import type { Logger } from "../core/log.ts";

/** Counts the messages of one call. */
export interface Unusable {
  /** Skips a message; the reason of the first is logged. */
  skip(detail: string): void;
  /** Ends the count, and logs it. */
  end(): void;
}

/** Makes a count for the session and transport that these fields name. */
export function countUnusable(
  logger: Logger,
  fields: Readonly<Record<"sessionId" | "transport", string>>,
): Unusable {
  let count = 0;
  return {
    skip(detail) {
      if (count++ > 0) return;
      logger.warn(
        "Session {sessionId}: {transport} sent an unusable message: {detail}; further ones are counted",
        { ...fields, detail },
      );
    },
    end() {
      if (count < 2) return;
      logger.warn("Session {sessionId}: {count} messages from {transport} were unusable", {
        ...fields,
        count,
      });
    },
  };
}
