/**
 * What the harness takes for the answer of a bot's model.
 *
 * It grades what comes between `bot-llm-started` and `bot-llm-stopped`. A bot that only reports
 * what it says, as `transport.say` does with a text, is graded by that.
 *
 * @module
 */
import { type RtviServerMessage, serverMessage } from "../../rtvi/protocol.ts";
import type { RtviServerData } from "../../rtvi/server_messages.ts";

type Output = RtviServerData["bot-output"];

/** Adds a model's messages for a bot that sends none. */
export function withReplies(
  send: (message: RtviServerMessage) => void,
): (message: RtviServerMessage) => void {
  /** Whether the bot itself reports what its model says. */
  let own = false;
  /** The line that is being said. */
  let open: number | undefined;
  const answer = (text: string) => {
    send(serverMessage("bot-llm-text", { text }));
    send(serverMessage("bot-llm-stopped"));
  };
  const line = (output: Output) => {
    if (!("segment_id" in output)) { // of the first protocol version, word by word or whole
      if (output.aggregated_by === "word") return;
      send(serverMessage("bot-llm-started"));
      return answer(output.text);
    }
    const { segment_id, text, will_be_spoken, spoken_status } = output;
    if (segment_id !== open) {
      open = segment_id;
      send(serverMessage("bot-llm-started"));
    } else if (!will_be_spoken) return; // it was answered with its first message
    if (!will_be_spoken || spoken_status === "completed") answer(text);
  };
  return (message) => {
    if (message.type.startsWith("bot-llm-")) own = true;
    send(message);
    if (!own && message.type === "bot-output" && message.data) line(message.data);
  };
}
