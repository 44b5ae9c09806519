/**
 * Messages of the other side that cannot be used: none ends a call, and the log is told of them twice.
 *
 * @module
 */
import type { Logger } from "../core/log.ts";

/** Counts the messages of one call. */
export interface Unusable {
  /** Skips a message; why is told of the first. */
  skip(detail: string): void;
  /** Ends the count, and tells it. */
  end(): void;
}

/** Makes a count, of the session and the transport that these fields name. */
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
