import fc from "fast-check";
import assert from "node:assert/strict";
import { RunnerError } from "../../../src/core/error.ts";
import { createLink } from "../../../src/runtimes/processes/link.ts";
import { jsonValues } from "../../support/json_values.ts";
import { socketPair } from "./socket_pair.ts";

Deno.test("what is asked and answered arrives as it was, in whatever order it is answered", async () => {
  await using pair = await socketPair();
  const [here, there] = pair.ends;
  createLink(here, {
    async echo(value: unknown, turns: number) {
      for (let turn = 0; turn < turns; turn++) await new Promise((next) => setTimeout(next, 0));
      return value;
    },
  });
  const link = createLink<{ echo(value: unknown, turns: number): unknown }>(there, {});
  const values = fc.array(fc.tuple(jsonValues, fc.nat(3)), { maxLength: 20 });

  await fc.assert(
    fc.asyncProperty(values, async (all) => {
      const answers = await Promise.all(
        all.map(([value, turns]) => link.ask("echo", value, turns)),
      );

      assert.deepEqual(answers, all.map(([value]) => JSON.parse(JSON.stringify(value))));
    }),
    { numRuns: 50 },
  );
});

Deno.test("both sides ask, an error keeps its code, and nothing but what is offered can be asked", async () => {
  await using pair = await socketPair();
  const [here, there] = pair.ends;
  const parent = createLink<{ pid(): number }>(here, {
    put: () => {
      throw new RunnerError("store_full", "No room.", { retryAfter: 5 });
    },
    fail: () => Promise.reject(new Error("Broken")),
  });
  const child = createLink<{ put(): void; fail(): void; toString(): string }>(there, {
    pid: () => 7,
  });

  assert.equal(await parent.ask("pid"), 7);
  await assert.rejects(child.ask("put"), {
    code: "store_full",
    message: "No room.",
    retryAfter: 5,
  });
  await assert.rejects(child.ask("fail"), /^Error: Broken$/);
  await assert.rejects(child.ask("toString"), /Nothing answers toString here/);
});

Deno.test("who does not speak the protocol is left, and harms nobody", async () => {
  for (const said of ["hello", "null", "[1", '{"id":1,"name":"echo"}', '"a"']) {
    await using pair = await socketPair();
    const [here, there] = pair.ends;
    const link = createLink(here, { echo: (value: unknown) => value });
    there.on("data", () => there.destroy()); // it was answered
    there.write(`${said}\n`);

    await link.closed;
  }
});

Deno.test("when the other side is gone, whoever waits for it is told, and who asks later, too", async () => {
  await using pair = await socketPair();
  const [here, there] = pair.ends;
  const parent = createLink(here, { never: () => new Promise(() => {}) });
  const child = createLink<{ never(): void }>(there, {});
  const waiting = child.ask("never");

  parent.close();

  await assert.rejects(waiting, { code: "unreachable" });
  await child.closed;
  await assert.rejects(child.ask("never"), { code: "unreachable" });
});
