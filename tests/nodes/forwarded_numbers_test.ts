import assert from "node:assert/strict";
import { createForwardedNumbers } from "../../src/nodes/forwarded_numbers.ts";

Deno.test("each number of each sender is good once, also for one that was overtaken", () => {
  const numbers = createForwardedNumbers();

  const taken = [[1, "a"], [3, "a"], [2, "a"], [2, "a"], [3, "a"], [3, "b"], [3, "b"]] as const;

  assert.deepEqual(
    taken.map(([number, sender]) => numbers.take(sender, number)),
    [true, true, true, false, false, true, false],
  );
});

Deno.test("however much a client makes another process forward, the next request is taken", () => {
  const numbers = createForwardedNumbers(() => 0);

  for (let number = 0; number < 200_000; number++) assert.ok(numbers.take("a", number));

  assert.ok(numbers.take("b", 0));
  assert.equal(numbers.take("a", 199_999), false);
  assert.equal(numbers.take("a", 1000), false); // so old a one may have been taken
});

Deno.test("a sender is forgotten when nothing that it has sent can be fresh any more", () => {
  let now = 0;
  const numbers = createForwardedNumbers(() => now);
  for (let sender = 0; sender < 1000; sender++) assert.ok(numbers.take(`${sender}`, 7));

  assert.equal(numbers.take("another", 0), false);
  now = 119_000;
  assert.equal(numbers.take("5", 7), false);
  now = 121_000;
  assert.ok(numbers.take("another", 0));
});
