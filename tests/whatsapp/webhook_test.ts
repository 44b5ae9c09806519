import fc from "fast-check";
import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import { readNotification } from "../../src/ways/whatsapp/webhook.ts";
import {
  BUSINESS,
  CALLER,
  notification,
  PHONE_NUMBER_ID,
  ringing,
  terminated,
  value,
} from "./meta.ts";

Deno.test("a call is read in Meta's words, with the caller's name", () => {
  const events = readNotification(notification(value([ringing("wacid.1", "v=0")])));

  assert.deepEqual(events, [{
    type: "connect",
    phoneNumberId: PHONE_NUMBER_ID,
    call: {
      id: "wacid.1",
      from: CALLER,
      to: BUSINESS,
      event: "connect",
      timestamp: "1671644824",
      direction: "USER_INITIATED",
      session: { sdp: "v=0", sdp_type: "offer" },
      contact_name: "Ann",
    },
  }]);
});

Deno.test("Meta's example without contacts and direction is a call as well", () => {
  const { direction: _, ...call } = ringing("wacid.1", "v=0");
  const bare = {
    messaging_product: "whatsapp",
    metadata: { phone_number_id: PHONE_NUMBER_ID },
    calls: [call],
  };

  const [event] = readNotification(notification(bare));

  assert.ok(event?.type === "connect");
  assert.equal(event.call.direction, undefined);
  assert.equal(event.call.contact_name, undefined);
});

Deno.test("what Meta says of calls otherwise is passed over, or is their end", () => {
  const status = {
    id: "wacid.1",
    timestamp: "1",
    type: "call",
    status: "RINGING",
    recipient_id: CALLER,
  };
  const own = {
    ...ringing("wacid.2", "v=0"),
    direction: "BUSINESS_INITIATED",
    session: { sdp_type: "answer", sdp: "v=0" },
  };
  const message = {
    messages: [{ from: CALLER, id: "wamid.1", type: "text", text: { body: "Hi" } }],
  };
  const errors = [{ code: 138021, message: "Receiver only accepted the call", href: "…" }];

  assert.deepEqual(
    readNotification(notification({ statuses: [status] }, message, value([own]))),
    [],
  );
  assert.deepEqual(readNotification(notification(value([terminated("wacid.3")], { errors }))), [
    { type: "terminate", callId: "wacid.3", status: "COMPLETED" },
  ]);
});

Deno.test("every call of a notification is read, whichever entry it is in", () => {
  const one = notification(
    value([ringing("a", "v=0"), terminated("b")]),
    value([ringing("c", "v=0")]),
  ) as { entry: unknown[] };
  const two = notification(value([terminated("d")])) as { entry: unknown[] };

  const events = readNotification({ ...one, entry: [...one.entry, {}, null, ...two.entry] });

  assert.deepEqual(
    events.map((event) => event.type === "connect" ? event.call.id : event.callId),
    ["a", "b", "c", "d"],
  );
});

Deno.test("whatever it is given, it reads it or says that it is no notification", () => {
  const shaped = fc.record({
    object: fc.constant("whatsapp_business_account"),
    entry: fc.array(fc.record({
      changes: fc.array(fc.record({
        value: fc.record({
          calls: fc.oneof(fc.array(fc.object()), fc.anything()),
          contacts: fc.anything(),
          metadata: fc.anything(),
        }, { requiredKeys: [] }),
      })),
    })),
  });
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), shaped), (content) => {
    try {
      readNotification(content);
    } catch (error) {
      assert.ok(error instanceof RunnerError && error.code === "bad_webhook");
    }
  }));
});

Deno.test("who calls without a number, and from which button or link, reaches the bot", () => {
  const call = {
    ...ringing("wacid.1", "v=0"),
    from: undefined,
    from_user_id: "US.13491208655302741918",
    from_parent_user_id: "US.ENT.11815799212886844830",
    cta_payload: "spring-sale",
    deeplink_payload: "qr-code-7",
    biz_opaque_callback_data: "order 12",
  };
  const contacts = [
    { profile: { name: "Bob" }, wa_id: "1" },
    { profile: { name: "Ann", username: "@ann" }, user_id: "US.13491208655302741918" },
  ];
  const [event] = readNotification(notification(value([call], { contacts })));
  const onlyContact = { profile: { name: "Ann" }, user_id: "US.2", parent_user_id: "US.ENT.2" };
  const anonymous = { ...ringing("wacid.2", "v=0"), from: undefined };
  const [second] = readNotification(notification(value([anonymous], { contacts: [onlyContact] })));

  assert.ok(event?.type === "connect" && second?.type === "connect");
  const { session: _, event: _event, to: _to, timestamp: _time, direction: _way, ...told } =
    event.call;
  assert.deepEqual(told, {
    id: "wacid.1",
    from_user_id: "US.13491208655302741918",
    from_parent_user_id: "US.ENT.11815799212886844830",
    username: "@ann",
    contact_name: "Ann",
    cta_payload: "spring-sale",
    deeplink_payload: "qr-code-7",
    biz_opaque_callback_data: "order 12",
  });
  assert.equal(second.call.from_user_id, "US.2");
  assert.equal(second.call.from_parent_user_id, "US.ENT.2");
});
