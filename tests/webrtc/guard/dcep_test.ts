import assert from "node:assert/strict";
import fc from "fast-check";
import { readChannelControl } from "../../../src/ways/webrtc/guard/dcep.ts";

function open(label: Uint8Array, protocol: Uint8Array, more: readonly [number, number][] = []) {
  const message = new Uint8Array(12 + label.length + protocol.length);
  const view = new DataView(message.buffer);
  message[0] = 3;
  view.setUint16(8, label.length);
  view.setUint16(10, protocol.length);
  message.set(label, 12);
  message.set(protocol, 12 + label.length);
  for (const [at, byte] of more) message[at] = byte;
  return message;
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a channel is opened under any name", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.string(), (label, protocol) => {
    const read = readChannelControl(open(bytes(label), bytes(protocol)));

    assert.deepEqual(read, { kind: "open", label, protocol });
  }));
});

Deno.test("lengths, types and texts that are wrong are refused", () => {
  const good = open(bytes("chat"), bytes("x"));
  const bad = {
    nothing: new Uint8Array(),
    "cut short": good.subarray(0, -1),
    "too long": Uint8Array.of(...good, 0),
    "without its header": good.subarray(0, 11),
    "a label longer than the message": open(bytes("chat"), bytes(""), [[8, 0xff]]),
    "a type of channel that nobody knows": open(bytes("chat"), bytes(""), [[1, 3]]),
    "no text": open(Uint8Array.of(0xff), bytes("")),
    "a message that nobody knows": open(bytes("chat"), bytes(""), [[0, 1]]),
    "a long acknowledgment": Uint8Array.of(2, 0),
  };

  for (const [name, message] of Object.entries(bad)) {
    assert.equal(readChannelControl(message), undefined, name);
  }
  assert.deepEqual(readChannelControl(Uint8Array.of(2)), { kind: "acknowledge" });
});

Deno.test("any bytes are read or refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
    message[0] = 3;
    readChannelControl(message);
  }));
});
