import assert from "node:assert/strict";
import { attached, attachedNow } from "../../client/src/session/attachments.ts";
import { SILENCE, typed } from "../../client/src/session/conversation.ts";

Deno.test("a file stands where it was sent, with what becomes of it", () => {
  const { talk, key } = attached(SILENCE, { text: "Look", name: "cat.png", at: 5 });
  const later = typed(talk, "and?", 9);

  const sent = attachedNow(later, key, { state: "sent", picture: "data:," });

  assert.deepEqual(talk.lines[0]?.file, { name: "cat.png", state: "sending" });
  assert.deepEqual(sent.lines.map(({ text }) => text), ["Look", "and?"]);
  assert.deepEqual(sent.lines[0]?.file, { name: "cat.png", state: "sent", picture: "data:," });
});

Deno.test("a file without words is a line, and one that is gone changes nothing", () => {
  const { talk, key } = attached(SILENCE, { text: "", name: "cat.png", at: 5 });

  assert.equal(talk.lines.length, 1);
  assert.equal(attachedNow(SILENCE, key, { state: "failed" }), SILENCE);
});
