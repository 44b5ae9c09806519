import assert from "node:assert/strict";
import { createDoingFinder, QUIET } from "../../client/src/session/doing.ts";
import { botState, mayTalk, userState } from "../../client/src/session/states.ts";

type Step =
  | readonly [at: number, type: string, data?: unknown]
  | readonly [at: number, who: "user" | "bot", speaks: boolean];

/** What the bot does after each step, and at the end. */
function bot(steps: readonly Step[], end: number): string[] {
  const finder = createDoingFinder();
  const states = steps.map(([ms, what, more]) => {
    if (what === "user" || what === "bot") finder.heard(what, more === true, ms);
    else {finder.told({
        direction: what === "send-text" ? "out" : "in",
        type: what,
        data: more,
        ms,
      });}
    return finder.at(ms).bot;
  });
  return [...states, finder.at(end).bot];
}

Deno.test("a bot that tells nothing is known by the ear: it thinks between two voices", () => {
  const steps: Step[] = [
    [0, "user", true],
    [900, "user", false],
    [1500, "bot", true],
    [2500, "bot", false],
    [3000, "user", true],
    [3400, "user", false],
  ];

  assert.deepEqual(bot(steps, 20_000), [
    "listening",
    "thinking",
    "speaking",
    "listening",
    "listening",
    "thinking",
    "listening", // it is not going to answer
  ]);
});

Deno.test("a bot that tells of its model, functions and voice is believed, whatever it hears meanwhile", () => {
  const call = { tool_call_id: "c1" };
  const steps: Step[] = [
    [0, "user-started-speaking"],
    [900, "user-stopped-speaking"],
    [950, "user", true], // a door
    [980, "user", false],
    [1000, "bot-llm-started"],
    [1500, "llm-function-call-in-progress", call],
    [1600, "bot-llm-stopped"],
    [15_000, "llm-function-call-stopped", call],
    [16_000, "bot-started-speaking"],
    [17_000, "bot-stopped-speaking"],
  ];

  assert.deepEqual(bot(steps, 17_500), [
    "listening",
    "thinking",
    "thinking",
    "thinking",
    "thinking",
    "thinking",
    "thinking",
    "thinking",
    "speaking",
    "listening",
    "listening",
  ]);
});

Deno.test("text is thought about, an interruption ends a voice, and a model that dies thinks not for ever", () => {
  const steps: Step[] = [
    [0, "send-text", { content: "hi" }],
    [100, "bot-llm-started"],
    [300, "bot-started-speaking"],
    [300, "bot", true],
    [400, "bot-interrupted"],
    [500, "bot-llm-started"],
  ];

  assert.deepEqual(bot(steps, 61_000), [
    "thinking",
    "thinking",
    "speaking",
    "speaking",
    "listening",
    "thinking",
    "listening",
  ]);
});

Deno.test("the states are true: nobody is ready before it has said so, and who is lost is lost", () => {
  const seen = {
    call: "live",
    botReady: true,
    doing: QUIET,
    muted: false,
    recorded: false,
    microphoneFailure: undefined,
    userSound: {}, // only whether there is any counts
    ending: undefined,
  } as const;
  const gone = { gone: true };

  assert.equal(botState(seen), "listening");
  assert.equal(botState({ ...seen, botReady: false }), "not ready yet");
  const speaks = { user: "speaking", bot: "speaking" } as const;
  assert.equal(botState({ ...seen, botReady: false, doing: speaks }), "speaking");
  assert.equal(botState({ ...seen, call: "broken", doing: speaks }), "lost");
  assert.equal(botState({ ...seen, call: "starting" }), "not there yet");
  assert.equal(botState({ ...seen, call: "off" }), "");
  assert.equal(botState({ ...seen, call: "off", ending: gone }), "lost");
  assert.equal(userState({ ...seen, doing: speaks }), "speaking");
  assert.equal(userState({ ...seen, doing: speaks, muted: true }), "muted");
  assert.equal(userState({ ...seen, microphoneFailure: "in-use", muted: true }), "no microphone");
  assert.equal(userState({ ...seen, userSound: undefined }), "microphone off");
});

Deno.test("a caller talks to a bot that is ready; on the phone, as soon as there is a line", () => {
  const live = { call: "live" } as const;
  const ready = { botReady: true };

  assert.deepEqual([live, ready].map((change) => mayTalk("phone", change)), [true, false]);
  assert.deepEqual([live, ready].map((change) => mayTalk("webrtc", change)), [false, true]);
});
