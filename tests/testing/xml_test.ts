import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { parseXml } from "../../src/testing/xml.ts";

Deno.test("an answer is read with its attributes, text and entities", () => {
  const root = parseXml(
    `<?xml version="1.0" encoding="UTF-8"?>
     <!-- a comment -->
     <Response><Connect action='/x'><Stream url="wss://h/ws?a=1&amp;b=2"/></Connect>
     <Say>a &lt;b> &#39;c&#x27; &quot;d&quot;</Say></Response>`,
  );

  const [connect, say] = root.children;
  assert.equal(root.name, "Response");
  assert.deepEqual(connect?.attributes, { action: "/x" });
  assert.deepEqual(connect?.children[0]?.attributes, { url: "wss://h/ws?a=1&b=2" });
  assert.equal(say?.text, `a <b> 'c' "d"`);
});

const REFUSED: [string, string][] = [
  ["nothing", ""],
  ["no element", "Response"],
  ["an element without end", "<Response><Connect></Response>"],
  ["two roots", "<Response/><Response/>"],
  ["a bare ampersand", "<Response>a & b</Response>"],
  ["an ampersand in an address", `<Stream url="wss://h/ws?a=1&b=2"/>`],
  ["an entity that is not known", "<Response>&nbsp;</Response>"],
  ["an attribute without quotes", "<Response a=1/>"],
  ["an attribute twice", `<Response a="1" a="2"/>`],
  ["attributes without space", `<Response a="1"b="2"/>`],
  ["a bare < in an attribute", `<Response a="<"/>`],
  ["a document type", `<!DOCTYPE x [<!ENTITY y "z">]><Response>&y;</Response>`],
  ["CDATA", "<Response><![CDATA[x]]></Response>"],
  ["text after the end", "<Response/>x"],
  ["a control character", "<Response>\u0007</Response>"],
  ["a control character as an entity", "<Response>&#7;</Response>"],
  ["an entity beyond Unicode", "<Response>&#x110000;</Response>"],
];
for (const [name, text] of REFUSED) {
  Deno.test(`XML with ${name} is refused`, () => {
    assert.throws(() => parseXml(text), { code: "bad_xml" });
  });
}

Deno.test("any text passes through an attribute and back", () => {
  const escape = (text: string) =>
    [...text].map((character) => `&#${character.codePointAt(0)};`).join("");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      assert.equal(parseXml(`<a b="${escape(value)}"/>`).attributes["b"], value);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("garbage is refused and never anything else", () => {
  const soup = fc.array(
    fc.constantFrom("<", ">", "/", "a", "=", '"', "&amp;", "&", "<!--", "-->", " "),
  );
  fc.assert(
    fc.property(soup, (parts) => {
      try {
        parseXml(parts.join(""));
      } catch (error) {
        assert.ok(error instanceof RunnerError && error.code === "bad_xml", String(error));
      }
    }),
    { numRuns: 10_000 },
  );
});
