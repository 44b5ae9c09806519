/**
 * What a caller is told about a value that is wrong.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as classic from "zod";
import * as z from "zod/mini";
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
    z.string().check(z.minLength(1)),
    "",
    "Too small: expected string to have >=1 characters",
  ],
  [
    "a long list",
    z.array(z.string()).check(z.maxLength(1)),
    ["", ""],
    "Too big: expected array to have <=1 items",
  ],
  ["a small number", z.number().check(z.positive()), 0, "Too small: expected number to be >0"],
  ["a big number", z.number().check(z.maximum(2)), 3, "Too big: expected number to be <=2"],
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
  const small = { a: z.string(), b: z.optional(z.array(z.int())), c: z.enum(["x", "y"]) };
  const large = {
    a: classic.string(),
    b: classic.array(classic.int()).optional(),
    c: classic.enum(["x", "y"]),
  };
  const value = fc.record(
    { a: fc.anything(), b: fc.oneof(fc.anything(), fc.array(fc.double())), c: fc.jsonValue() },
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
