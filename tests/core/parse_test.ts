/**
 * The parsers of what a Worker holds: they take what schemas of zod take, and say the same of the rest.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod/mini";
import {
  anything,
  checked,
  either,
  fields,
  flag,
  list,
  mapped,
  nullish,
  number,
  oneOf,
  optional,
  parse,
  type Parser,
  positive,
  something,
  text,
  textOf,
  whole,
} from "../../src/core/parse.ts";
import { parseShape } from "../../src/core/shape.ts";

const PAIRS: Readonly<Record<string, readonly [Parser<unknown>, z.ZodMiniType]>> = {
  text: [text, z.string()],
  number: [number, z.number()],
  flag: [flag, z.boolean()],
  anything: [anything, z.optional(z.unknown())],
  something: [something, z.unknown()],
  oneOf: [oneOf("a", "b"), z.enum(["a", "b"])],
  literal: [oneOf("a"), z.literal("a")],
  optional: [optional(text), z.optional(z.string())],
  nullish: [nullish(number), z.nullish(z.number())],
  list: [list(flag, 2), z.array(z.boolean()).check(z.maxLength(2))],
  fields: [
    fields({ a: text, b: nullish(flag) }),
    z.looseObject({
      a: z.string(),
      b: z.nullish(z.boolean()),
    }),
  ],
  either: [either(flag, list(text)), z.union([z.boolean(), z.array(z.string())])],
  textOf: [textOf(1, 3), z.string().check(z.minLength(1), z.maxLength(3))],
  whole: [
    whole,
    z.number().check(
      z.refine(Number.isSafeInteger, "Invalid input: expected int, received number"),
    ),
  ],
  positive: [positive(number), z.number().check(z.positive())],
  checked: [
    checked(text, (value) => value !== "a", "Not a"),
    z.string().check(z.refine((value) => value !== "a", "Not a")),
  ],
  mapped: [
    mapped(nullish(text), (value) => value ?? undefined),
    z.pipe(z.nullish(z.string()), z.transform((value) => value ?? undefined)),
  ],
};

/** JSON that fits now and then. */
const { value: VALUE } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom("", "a", "b", "abcd", 0, -1, 1, 1.5, true, false, null),
    fc.string(),
    fc.double(),
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.record({ a: tie("value"), b: tie("value"), c: tie("value") }, { requiredKeys: [] }),
  ),
}));

for (const [name, [parser, schema]] of Object.entries(PAIRS)) {
  Deno.test(`a parser takes what a schema takes, and says the same of the rest: ${name}`, () => {
    const field = fields({ field: parser, list: optional(list(parser)) });
    const shape = z.looseObject({ field: schema, list: z.optional(z.array(schema)) });
    const values = fc.record({ field: VALUE, list: fc.array(VALUE, { maxLength: 2 }) }, {
      requiredKeys: [],
      noNullPrototype: true,
    });
    fc.assert(fc.property(values, (value) => {
      const { data, problem } = parse(field, value, "body");
      const expected = parseShape(shape, value, "body");

      assert.deepEqual({ data, problem }, { data: expected.data, problem: expected.problem });
    }));
  });
}

Deno.test("the field that is wrong is told by its path", () => {
  const parser = fields({ rooms: list(fields({ url: text })) });

  const { path, problem } = parse(parser, { rooms: [{ url: "a" }, {}] }) as {
    path: string;
    problem: string;
  };

  assert.equal(path, "rooms.1.url");
  assert.equal(problem, "rooms.1.url: Invalid input: expected string, received undefined");
});

Deno.test("what fails in a parser itself is no problem of the value", () => {
  const broken = mapped(text, () => {
    throw new TypeError("broken");
  });

  assert.throws(() => parse(broken, "a"), TypeError);
});
