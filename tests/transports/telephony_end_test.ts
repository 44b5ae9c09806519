/**
 * How a call by phone ends, and what is interrupted or left unread on the way.
 */
import assert from "node:assert/strict";
import { call, settled, SILENCE, speech } from "./phone_call.ts";

Deno.test("interrupting drops what still waits in the stream, and clears nothing that is not there", async () => {
  const { transport, writer, clock, sent, payloads } = call();
  const frames = writer();
  transport.interrupt();
  const writes = Array.from({ length: 30 }, () => frames.write(speech(1000)));
  await clock.advance(100);
  transport.interrupt();
  await transport.drained();
  await clock.advance(1000);
  const heard = payloads().length;
  await Promise.all(writes);
  await frames.write(speech(20));
  await clock.advance(100);

  assert.equal(sent("clear").length, 1);
  assert.ok(heard <= 220 * 8, `${heard / 8} ms`);
  assert.equal(payloads().length, heard + 160);
});

Deno.test("a stop ends the call, and nothing is hung up", async () => {
  const { transport, fake, media, hungUp } = call();
  const echo = transport.readable.pipeTo(transport.writable);
  media();
  fake.arrive({ event: "stop", streamSid: "MZ1", stop: { callSid: "CA1" } });

  await echo;
  await transport.closed;
  await transport[Symbol.asyncDispose]();

  assert.equal(hungUp(), 0);
});

Deno.test("disposing lets the caller hear the rest, then hangs up", async () => {
  const { transport, writer, clock, fake, sent, hungUp } = call();
  await writer().write(speech(400));
  const disposed = transport[Symbol.asyncDispose]();
  await clock.advance(350);
  const before = hungUp();
  fake.arrive({ event: "mark", streamSid: "MZ1", mark: sent("mark")[0].mark });
  await disposed;
  await transport.closed; // a moment later, and at once where the bot has returned

  assert.equal(before, 0);
  assert.equal(hungUp(), 1);
  assert.equal(
    sent("media").reduce((sum, { media }) => sum + media.payload.length, 0) > 4000,
    true,
  );
  assert.equal(fake.closedWith?.code, 1000);
});

Deno.test("the caller who leaves while the bot speaks ends its writing without an error", async () => {
  const { transport, writer, clock, fake } = call();
  const frames = writer();
  const writes = Array.from({ length: 20 }, () => frames.write(speech(1000)));
  const drained = transport.drained();
  await clock.advance(100);
  fake.leave();

  await Promise.all([...writes, drained, frames.write(speech(20))]);
  await frames.close();
});

Deno.test("closing the writable lets the caller hear the rest", async () => {
  const { writer, clock, fake, sent } = call();
  const frames = writer();
  await frames.write(speech(200));
  const closed = frames.close();
  await clock.advance(200);
  const before = await settled(closed);
  fake.arrive({ event: "mark", streamSid: "MZ1", mark: sent("mark")[0].mark });
  await closed;

  assert.equal(before, false);
  assert.equal(fake.closedWith, undefined);
});

Deno.test("an aborted source falls silent at once, though a write waits for room", async () => {
  const { writer, clock, sent, payloads } = call();
  const frames = writer();
  await frames.write(speech(2000));
  frames.write(speech(9000)).catch(() => {});
  await clock.advance(100);
  const heard = payloads().length;
  await frames.abort(new Error("the voice broke"));
  await clock.advance(1000);

  assert.equal(sent("clear").length, 1);
  assert.equal(payloads().length, heard);
});

Deno.test("a bot that does not read keeps the newest five seconds", async () => {
  const { transport, media, fake } = call();
  for (let i = 0; i < 400; i++) media(SILENCE);
  fake.leave();
  let first: number | undefined;
  let count = 0;
  for await (const frame of transport.readable) {
    if (frame.type === "audio") first ??= frame.timestamp;
    count++;
  }

  assert.equal(count, 250);
  assert.equal(first, 151 * 20);
});
