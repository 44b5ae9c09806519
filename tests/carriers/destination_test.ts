/**
 * Whom a call may go to: nothing that could say more than a number or an address.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkAllowed,
  checkDestination,
  checkNumber,
  isSipAddress,
} from "../../src/ways/phone/destination.ts";

const passes = (check: () => void) => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

Deno.test("a number is E.164, and nothing else passes for one", () => {
  for (const good of ["+15551234567", "+4930123456", "+8613800138000", "+123456789012345"]) {
    assert.ok(passes(() => checkNumber(good)), good);
  }
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 18 });
  fc.assert(
    fc.property(fc.oneof(digits.map((list) => `+${list.join("")}`), fc.string()), (text) => {
      assert.equal(passes(() => checkNumber(text)), /^\+[1-9][0-9]{6,14}$/.test(text));
    }),
  );
  for (const bad of ["+15551234567\n", "+1555１234567", "+1-555-123-4567", "tel:+15551234567"]) {
    assert.ok(!passes(() => checkNumber(bad)), bad);
  }
});

Deno.test("a destination holds nothing that could end a line, a tag, a header or an address", () => {
  const piece = fc.constantFrom(
    "sip:",
    "sips:",
    "desk",
    "@",
    "example.com",
    ":5060",
    ";transport=tls",
    "?X-A=1",
    "\r\n",
    "<",
    '"',
    " ",
    "%0d%0a",
    "#",
    "/",
    ",",
    "+1555",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }).map((list) => list.join("")), (to) => {
      for (const extensions of [false, true]) {
        if (!passes(() => checkDestination(to, extensions))) continue;
        if (extensions && /^[\w*#]+$/.test(to)) continue;
        assert.doesNotMatch(to, /[\s<>"?#\/%,\\]/);
      }
    }),
    { numRuns: 5_000 },
  );
  for (const good of ["sip:desk@example.com", "sips:a.b+c@10.0.0.1:5061;transport=tls"]) {
    assert.ok(isSipAddress(good), good);
  }
});

Deno.test("a country's code is never the beginning of another's", () => {
  const own: [from: string, same: string, other: string][] = [
    ["+15550100002", "+12125550100", "+525512345678"],
    ["+442079460000", "+447700900123", "+4930123456"],
    ["+35319605860", "+353871234567", "+34911234567"],
    ["+919876543210", "+911140000000", "+9715012345678"],
    ["+79991234567", "+77011234567", "+8613800138000"],
    ["+85212345678", "+85298765432", "+8613800138000"],
  ];
  for (const [from, same, other] of own) {
    checkAllowed(same, from);
    assert.throws(() => checkAllowed(other, from), { code: "number_not_allowed", status: 403 });
  }
  // A number that only its own country knows has no country.
  assert.throws(() => checkAllowed("+919876543210", "08047491899"), { code: "number_not_allowed" });
  checkAllowed("+919876543210", "08047491899", ["+91"]);
});
