import assert from "node:assert/strict";
import { phoneLine } from "../../src/ways/phone/line.ts";
import { fakeSocket, type FakeSocketOptions } from "../support/fake_socket.ts";

function call(options: FakeSocketOptions = {}) {
  const fake = fakeSocket(options);
  const order: string[] = [];
  const line = phoneLine(fake.socket, () => {
    order.push(fake.closedWith ? "hang up after close" : "hang up");
    return Promise.resolve();
  });
  void line.closed.then(() => order.push("closed"));
  return { fake, line, order };
}

Deno.test("disposing waits for the last words, hangs up, then closes", async () => {
  const { line, order } = call();
  line.beforeHangUp(() => {
    order.push("heard");
    return Promise.resolve();
  });

  await line[Symbol.asyncDispose]();

  assert.deepEqual(order, ["heard", "hang up", "closed"]);
});

Deno.test("a bot that failed is heard out and hung up as any other, and the close code tells", async () => {
  const { fake, line, order } = call();
  line.beforeHangUp(() => {
    order.push("heard");
    return Promise.resolve();
  });

  line.failed("The bot failed");
  await line[Symbol.asyncDispose]();

  assert.deepEqual(order, ["heard", "hang up", "closed"]);
  assert.deepEqual(fake.closedWith, { code: 1011, reason: "The bot failed" });
});

Deno.test("closing hangs up at once, and disposing after it does not hang up again", async () => {
  const { fake, line, order } = call();
  line.beforeHangUp(() => Promise.reject(new Error("must not be asked")));

  line.close({ closeCode: 1001, reason: "enough" });
  await line.closed;
  await line[Symbol.asyncDispose]();

  assert.deepEqual(order, ["hang up", "closed"]);
  assert.deepEqual(fake.closedWith, { code: 1001, reason: "enough" });
});

Deno.test("a call that the carrier ended is not hung up", async () => {
  const left = call();
  const stopped = call();

  left.fake.leave();
  await left.line.closed;
  await left.line[Symbol.asyncDispose]();
  stopped.line.ended();
  await stopped.line.closed;
  await stopped.line[Symbol.asyncDispose]();

  assert.deepEqual(left.order, ["closed"]);
  assert.deepEqual(stopped.order, ["closed"]);
});

Deno.test("the end is known at once when the carrier says it, though its socket stays open", async () => {
  const { fake, line } = call({ deaf: true });

  line.ended();

  await line.closed;
  fake.leave();
});

Deno.test("a bot that speaks the carrier's messages itself ends the call by ending a stream", async () => {
  const writing = call();
  const reading = call();
  writing.fake.arrive("one");

  const writer = writing.line.writable.getWriter();
  await writer.write("hello");
  await writer.close();
  await reading.line.readable.cancel();
  await Promise.all([writing.line.closed, reading.line.closed]);

  assert.deepEqual(writing.fake.sent, ["hello"]);
  assert.deepEqual(writing.order, ["hang up", "closed"]);
  assert.deepEqual(reading.order, ["hang up", "closed"]);
});

Deno.test("its messages are read as they come, and to their end", async () => {
  const { fake, line, order } = call();
  fake.arrive("one");
  fake.arrive("two");
  const messages = [];
  for await (const message of line.readable) {
    messages.push(message);
    if (messages.length === 2) fake.leave();
  }

  assert.deepEqual(messages, ["one", "two"]);
  assert.deepEqual(order, ["closed"]);
});

Deno.test("a bot that leaves its loop over the carrier's messages does not hang up, and goes on", async () => {
  const fake = fakeSocket();
  const line = phoneLine(fake.socket, () => Promise.resolve(), ["one", "two", "three"]);

  for await (const message of line.readable) if (message === "one") break;

  assert.equal(fake.closedWith, undefined);
  const { value } = await line.readable.getReader().read();
  assert.equal(value, "two");
});
