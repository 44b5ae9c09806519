import type { RTVIMessage, Transport } from "@pipecat-ai/client-js";
import type { Direction } from "../session/happenings.ts";

/** Sees every RTVI message on its way. */
export type Tap = (direction: Direction, message: RTVIMessage) => void;

/** Lets a tap see all messages of a transport of Pipecat's SDK, which calls these two for each. */
export function tapMessages(transport: Transport, tap: Tap): Transport {
  const initialize = transport.initialize.bind(transport);
  const sendMessage = transport.sendMessage.bind(transport);
  transport.initialize = (options, handle) =>
    initialize(options, (message) => {
      tap("in", message);
      handle(message);
    });
  transport.sendMessage = (message) => {
    tap("out", message);
    sendMessage(message);
  };
  return transport;
}
