/**
 * Values for property tests that compare what came through JSON.
 *
 * @module
 */
import fc from "fast-check";

/** Names that JSON spells as they are: V8 mistakes others (`.github/upstream/v8-json-names.md`). */
const name = fc.string().filter((text) => JSON.stringify(text) === `"${text}"`);

/** Any JSON. */
export const jsonValues: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.jsonValue({ maxDepth: 0 }),
    fc.array(tie("value"), { maxLength: 6 }),
    fc.dictionary(name, tie("value"), { maxKeys: 6 }),
  ),
})).value;
