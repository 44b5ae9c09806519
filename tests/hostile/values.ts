/**
 * Values that no honest client sends: JSON, text and bytes. Bytes are written as text of one character
 * each, from U+0000 to U+00FF, so that an input can be printed and sent again.
 */
import fc from "fast-check";

/** Text as the bytes of its UTF-8, one character each. */
export function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** The bytes that {@link bytesOf} wrote. */
export function toBytes(bytes: string): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) array[i] = bytes.charCodeAt(i);
  return array;
}

const nested = (open: string, close: string) => (depth: number) =>
  open.repeat(depth) + close.repeat(depth);
const arrays = nested("[", "]");
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

/** JSON that is valid, and that careless code does not expect. */
export const oddJson: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      "null",
      "true",
      "false",
      "0",
      "-0",
      "-1",
      "1e308",
      "1e999",
      "-1e999",
      "1e-999",
      "0.1",
      "9007199254740993",
      "4294967296",
      "[]",
      "{}",
      '""',
      '" "',
      '"0"',
      '"null"',
      String.raw`"\u0000"`,
      String.raw`"\ud800"`,
      String.raw`"\udc00\ud800 \uffff"`,
      String.raw`"\r\nx-injected: yes"`,
      String.raw`"<\/Stream><Dial>+1900<\/Dial>\"'&]]>"`,
      '"../../../../etc/passwd"',
      '"javascript:alert(1)"',
      '"${7*7}{{7*7}}%s%n"',
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"toString":1,"valueOf":2,"toJSON":3,"then":4,"length":-1}',
      '{"hasOwnProperty":null}',
      '{"a":1,"a":{"a":2}}',
      '[null,[],{},""]',
    ),
  },
  { weight: 4, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 4, arbitrary: fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.constantFrom(10, 200, 2000, 9000, 40_000).map(arrays) },
  { weight: 1, arbitrary: fc.constantFrom(10, 200, 2000, 9000, 20_000).map(objects) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(257, 5000, 70_000).map((length) => `"${"x".repeat(length)}"`),
  },
  { weight: 1, arbitrary: fc.nat(3000).map((length) => `[${"0,".repeat(length)}0]`) },
);

/** What is not JSON, as bytes. */
const noJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\0",
    "\xef\xbb\xbf{}",
    "\xff\xfe{\0}\0",
    "\xc0\x80",
    '{"body":"\xed\xa0\x80\xff"}',
    "{",
    "[[[[",
    '{"a":}',
    "NaN",
    "undefined",
    "{'a':1}",
    "\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0",
    "--x\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--x--",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
  ),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => String.fromCharCode(...bytes)),
  fc.string({ unit: "binary", maxLength: 200 }).map(bytesOf),
);

const MARK = "\u0000mark\u0000";

/** The JSON of an object in which some values are hostile, keys are doubled or all is garbage. */
export function spoiled(...originals: readonly Record<string, unknown>[]): fc.Arbitrary<string> {
  const valid = fc.constantFrom(...originals);
  const replaced = fc.tuple(valid, fc.nat(40), oddJson).map(([original, index, odd]) =>
    bytesOf(replaceAt(original, index, odd))
  );
  const twice = fc.tuple(valid, fc.nat(40), fc.nat(40), oddJson, oddJson).map(
    ([original, first, second, one, other]) => {
      const once = replaceAt(original, first, one);
      try {
        const value: unknown = JSON.parse(once);
        if (typeof value !== "object" || value === null) return bytesOf(once);
        return bytesOf(replaceAt({ ...value }, second, other));
      } catch {
        return bytesOf(once); // too deep to be walked through
      }
    },
  );
  const doubled = fc.tuple(valid, fc.nat(9), oddJson).map(([original, index, odd]) => {
    const keys = Object.keys(original);
    const key = JSON.stringify(keys[index % keys.length] ?? "a");
    return bytesOf(`${JSON.stringify(original).slice(0, -1)},${key}:${odd}}`);
  });
  const whole = valid.map((original) => bytesOf(JSON.stringify(original)));
  return fc.oneof(
    { weight: 6, arbitrary: replaced },
    { weight: 2, arbitrary: twice },
    { weight: 1, arbitrary: doubled },
    { weight: 2, arbitrary: whole },
    { weight: 1, arbitrary: oddJson.map(bytesOf) },
    { weight: 1, arbitrary: noJson },
    { weight: 2, arbitrary: mutated(whole) },
  );
}

/** Puts a piece of JSON in place of one of an object's values, however deep it lies. */
function replaceAt(original: Record<string, unknown>, index: number, json: string): string {
  let count = 0;
  const total = { values: 0 };
  JSON.stringify(original, (_, value) => {
    total.values++;
    return value;
  });
  const chosen = 1 + index % Math.max(1, total.values - 1); // the first one is the whole
  const text = JSON.stringify(original, (_, value) => count++ === chosen ? MARK : value) ?? "null";
  return text.replace(JSON.stringify(MARK), () => json);
}

/** One change of some bytes. */
const change = fc.record({
  how: fc.constantFrom("flip", "drop", "insert", "cut", "double", "set"),
  at: fc.nat(100_000),
  length: fc.nat(16),
  value: fc.nat(255),
});

/** Bytes with a few changes. */
export function mutated(bytes: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const changes = fc.array(change, { minLength: 1, maxLength: 5 });
  return fc.tuple(bytes, changes).map(([original, list]) =>
    list.reduce((text, { how, at, length, value }) => {
      const place = text.length === 0 ? 0 : at % text.length;
      const [head, rest] = [text.slice(0, place), text.slice(place)];
      switch (how) {
        case "flip":
          return head + String.fromCharCode((rest.charCodeAt(0) || 0) ^ (1 << value % 8)) +
            rest.slice(1);
        case "set":
          return head + String.fromCharCode(value) + rest.slice(1);
        case "drop":
          return head + rest.slice(length);
        case "insert":
          return head + String.fromCharCode(value).repeat(length) + rest;
        case "double":
          return head + rest.slice(0, length) + rest;
        default:
          return head;
      }
    }, original)
  );
}
