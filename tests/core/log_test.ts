import assert from "node:assert/strict";
import { configureSync, getLogger as getLogTapeLogger, resetSync } from "@logtape/logtape";
import { getLogger } from "../../src/core/log.ts";

/** What is written to the console meanwhile. */
function written(run: () => void): string[] {
  const lines: string[] = [];
  const { warn, error } = console;
  console.warn = console.error = (line: string) => void lines.push(line);
  try {
    run();
  } finally {
    Object.assign(console, { warn, error });
  }
  return lines;
}

const logger = getLogger(["pipecat", "runner", "test"]);

Deno.test("where nobody has configured a log, what goes wrong is on the console", () => {
  resetSync();
  getLogTapeLogger("app"); // somebody has loaded it, and no more
  const error = new Error("it broke\u001b[31m", { cause: new Error("the reason") });

  const lines = written(() => {
    logger.debug("not shown");
    logger.info("not shown");
    logger.warn("Call {id} is late", { id: 7 });
    logger.with({ sessionId: "s1" }).error("The bot of {sessionId} failed: {error}", { error });
  });

  assert.equal(lines.length, 2);
  assert.equal(lines[0], "Call 7 is late");
  assert.match(lines[1] ?? "", /^The bot of s1 failed: it broke\\u001b\[31m\n +at .*log_test\.ts/);
  assert.match(lines[1] ?? "", /caused by the reason/);
});

Deno.test("where a program has a sink for the runner's log, nothing is on the console", () => {
  for (const category of [[], ["pipecat"], ["pipecat", "runner"]]) {
    const told: unknown[] = [];
    configureSync({
      sinks: { list: ({ rawMessage }) => void told.push(rawMessage) },
      loggers: [{ category, sinks: ["list"] }, {
        category: ["logtape"],
        sinks: [],
        parentSinks: "override",
      }],
    });
    const lines = written(() => logger.error("Only the sink is told"));
    resetSync();
    assert.deepEqual([lines, told], [[], ["Only the sink is told"]]);
  }
});

Deno.test("where its sinks are for the program's own log alone, a bot does not fail in silence", () => {
  const records: unknown[] = [];
  configureSync({
    sinks: { list: (record) => void records.push(record) },
    loggers: [{ category: ["app"], sinks: ["list"] }, { category: ["logtape"], sinks: [] }],
  });
  const lines = written(() => logger.error("The bot failed"));
  resetSync();
  assert.deepEqual([lines, records], [["The bot failed"], []]);
});
