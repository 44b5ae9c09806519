/**
 * What a caller is told about a value that is wrong.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as classic from "zod";
import * as z from "zod/mini";
import {
  charactersUpTo,
  filled,
  itemsUpTo,
  notNegative,
  positive,
  whole,
} from "../../src/core/checks.ts";
import { parseShape } from "../../src/core/shape.ts";

const CASES: readonly [string, z.ZodMiniType, unknown, string][] = [
  ["a type", z.string(), 1, "expected string, received number"],
  ["null", z.boolean(), null, "Invalid input: expected boolean, received null"],
  ["a list", z.object({}), [], "Invalid input: expected object, received array"],
  ["nothing", z.string(), undefined, "Invalid input: expected string, received undefined"],
  ["no number", z.number(), NaN, "Invalid input: expected number, received NaN"],
  ["a date", z.number(), new Date(0), "Invalid input: expected number, received Date"],
  ["a fraction", z.int(), 1.5, "Invalid input: expected int, received number"],
  ["a literal", z.literal("offer"), "answer", 'Invalid input: expected "offer"'],
  ["a choice", z.enum(["a", "b"]), "c", 'Invalid option: expected one of "a"|"b"'],
  [
    "a short text",
    z.string().check(filled),
    "",
    "Too small: expected string to have >=1 characters",
  ],
  [
    "a long text",
    z.string().check(charactersUpTo(2)),
    "abc",
    "Too big: expected string to have <=2 characters",
  ],
  [
    "a long list",
    z.array(z.string()).check(itemsUpTo(1)),
    ["", ""],
    "Too big: expected array to have <=1 items",
  ],
  ["a part", z.number().check(whole), 1.5, "Invalid input: expected int, received number"],
  ["nothing of it", z.number().check(positive), 0, "Too small: expected number to be >0"],
  ["too little", z.number().check(notNegative), -1, "Too small: expected number to be >=0"],
  ["no choice", z.union([z.string(), z.boolean()]), 1, "Invalid input"],
  ["its own words", z.number().check(z.maximum(2, "Too many")), 3, "Too many"],
];

for (const [name, schema, value, problem] of CASES) {
  Deno.test(`the field and the problem are named: ${name}`, () => {
    const { problem: actual = "" } = parseShape(
      z.object({ field: schema }),
      { field: value },
      "body",
    );

    assert.match(actual, /^body\.field: /);
    assert.ok(actual.endsWith(problem), actual);
  });
}

Deno.test("zod's own words are the same", () => {
  const small = {
    a: z.string().check(filled, charactersUpTo(3)),
    b: z.optional(z.array(z.unknown()).check(itemsUpTo(2))),
    c: z.enum(["x", "y"]),
    d: z.number().check(notNegative),
    e: z.number().check(positive),
  };
  const large = {
    a: classic.string().min(1).max(3),
    b: classic.array(classic.unknown()).max(2).optional(),
    c: classic.enum(["x", "y"]),
    d: classic.number().nonnegative(),
    e: classic.number().positive(),
  };
  const number = fc.oneof(fc.double(), fc.integer({ min: -2, max: 2 }));
  const value = fc.record(
    {
      a: fc.oneof(fc.anything(), fc.string({ maxLength: 5 })),
      b: fc.oneof(fc.anything(), fc.array(number, { maxLength: 4 })),
      c: fc.oneof(fc.jsonValue(), fc.constantFrom("x", "y")),
      d: number,
      e: number,
    },
    { requiredKeys: [] },
  ).map((record): unknown =>
    JSON.parse(JSON.stringify(record, (_, it) => typeof it === "bigint" ? 1 : it))
  );
  fc.assert(fc.property(value, (value) => {
    const [issue] = classic.looseObject(large).safeParse(value).error?.issues ?? [];

    const { problem } = parseShape(z.looseObject(small), value);

    assert.equal(problem, issue && `${issue.path.join(".")}: ${issue.message}`);
  }));
});
