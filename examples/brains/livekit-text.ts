/**
 * Passes the text of what livekit-agents.ts says to the transport.
 *
 * @module
 */
import { pushable } from "jsr:@pipecat/runner/models";
import { voice } from "npm:@livekit/agents@1.9.0";
import type { Mouth } from "./livekit-mouth.ts";

type Node = voice.Agent["transcriptionNode"];

/** An agent whose mouth knows the text of what it says. */
export class SpeakingAgent extends voice.Agent {
  #mouth: Mouth;

  constructor(mouth: Mouth, options: ConstructorParameters<typeof voice.Agent>[0]) {
    super(options);
    this.#mouth = mouth;
  }

  override transcriptionNode(...[text, settings]: Parameters<Node>): ReturnType<Node> {
    const said = pushable<string>();
    this.#mouth.text = said;
    async function* told() {
      for await (const piece of text) {
        said.push(typeof piece === "string" ? piece : piece.text);
        yield piece;
      }
      said.end();
    }
    return super.transcriptionNode(told(), settings);
  }
}
