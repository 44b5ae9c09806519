import assert from "node:assert/strict";
import { ownSocket } from "../../client/src/calls/own_socket.ts";

Deno.test("a socket is beside the page, whatever path the runner knows itself by", () => {
  const cases = [
    ["http://bot.test/client/", "ws://bot.test/ws-client/1", "ws://bot.test/ws-client/1"],
    ["https://a.test/voice/client/", "ws://b.test/voice/ws/1?x=2", "wss://a.test/voice/ws/1?x=2"],
    ["https://a.test/sales/client/", "ws://b.test/sales/ws-client", "wss://a.test/sales/ws-client"],
    ["https://a.test/cut/off/client/", "ws://b.test/ws/1", "wss://a.test/cut/off/ws/1"],
  ] as const;
  for (const [page, told, expected] of cases) assert.equal(ownSocket(told, page), expected);
});
