import assert from "node:assert/strict";
import type { PlainWebSocketRunnerArguments } from "../../src/core/bot.ts";
import { createTransport } from "../../src/transports/create.ts";
import { openable } from "../../src/transports/open.ts";
import type { TransportParams } from "../../src/transports/transport.ts";
import { websocketTransport } from "../../src/ways/websocket/transport.ts";
import { fakeSocket } from "../support/fake_socket.ts";

function argumentsMadeByHand(): PlainWebSocketRunnerArguments {
  return {
    transport: "websocket",
    websocket: fakeSocket().socket,
    sessionId: "session-1",
    body: {},
    signal: new AbortController().signal,
  };
}

/** Arguments as a runner makes them, and what their transport was opened with. */
function argumentsOfRunner() {
  const args = argumentsMadeByHand();
  const opened: TransportParams[] = [];
  const withOpener = openable(args, (params) => {
    opened.push(params);
    return websocketTransport(args, params);
  });
  return { args: withOpener, opened };
}

Deno.test("arguments know how their transport is opened, copies of them too", async () => {
  const { args, opened } = argumentsOfRunner();

  const transport = await createTransport({ ...args, body: { changed: true } });

  assert.equal(transport.name, "websocket");
  assert.deepEqual(opened, [{}]);
  transport.close();
});

Deno.test("options hold for every transport, and those under a name for that one first", async () => {
  const { args, opened } = argumentsOfRunner();

  const transport = await createTransport(args, {
    audioInSampleRate: 24_000,
    rtvi: "manual",
    websocket: { rtvi: "auto" },
    twilio: { audioInChannels: 2 },
  });

  assert.deepEqual(opened, [{ audioInSampleRate: 24_000, rtvi: "auto" }]);
  transport.close();
});

Deno.test("an option that nobody knows is an error that lists what there is", async () => {
  const { args } = argumentsOfRunner();
  const misspelt: object = { audioInSamplerate: 24_000 };
  const below: object = { websocket: { audioRate: 8000 } };

  await assert.rejects(createTransport(args, misspelt), {
    code: "bad_option",
    message: /'audioInSamplerate'.*audioInSampleRate.*websocket/,
  });
  await assert.rejects(createTransport(args, below), {
    message: /'websocket\.audioRate'\. The options are audioInSampleRate, /,
  });
});

Deno.test("arguments made by hand get one sentence that says what to do", async () => {
  await assert.rejects(createTransport(argumentsMadeByHand()), {
    code: "no_transport",
    message: /^No runner made these arguments.*call\(\) of @pipecat\/runner\/testing\.$/,
  });
});
