import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { keepProcess, type Life } from "../../../src/runtimes/processes/kept_process.ts";
import type { Link } from "../../../src/runtimes/processes/link.ts";
import type { ChildAnswers } from "../../../src/runtimes/processes/messages.ts";
import { warnings } from "../../support/warnings.ts";

const FACTS = { url: "http://localhost:1", bot: "bot.ts", bots: [], transports: [] };

/** A process whose lives are ended by the test. */
function keeping(again = () => true) {
  const lives: (EventEmitter & { readonly signals: string[] })[] = [];
  const over: Life[] = [];
  const waiting: (() => void)[] = [];
  const kept = keepProcess({
    index: 0,
    start() {
      const signals: string[] = [];
      const child = Object.assign(new EventEmitter(), {
        signals,
        kill: (signal: string) => void signals.push(signal),
      });
      lives.push(child);
      waiting.shift()?.();
      const welcome = { port: 1, secret: "", share: { ownPort: 2 }, index: 0, count: 1 };
      // As much of a process as is used.
      const life = { child: child as object as ChildProcess, token: `t${lives.length}`, welcome };
      return Promise.resolve(life);
    },
    again,
    over: (life) => Promise.resolve(void over.push(life)),
  });
  const nextLife = () => new Promise<void>((resolve) => void waiting.push(resolve));
  return { kept, lives, over, nextLife };
}

function linkHeard(heardAt: number): Link<ChildAnswers> {
  return {
    ask: () => Promise.reject(new Error("It does not answer")),
    closed: new Promise(() => {}),
    heardAt: () => heardAt,
    close() {},
  };
}

Deno.test("a process that ends is started again, with another token, until it is not wanted", async () => {
  let wanted = true;
  const { kept, lives, over, nextLife } = keeping(() => wanted);
  await Promise.resolve(); // it is started now

  assert.ok(kept.says("t1") && !kept.says("t2"));
  const started = nextLife();
  lives[0]?.emit("exit", 3, null);
  await started;
  await Promise.resolve();
  assert.ok(!kept.says("t1") && kept.says("t2"));
  wanted = false;
  lives[1]?.emit("exit", null, "SIGKILL");

  assert.equal(await kept.ended, 128);
  assert.deepEqual(over.map(({ token }) => token), ["t1", "t2"]);
});

Deno.test("that it ends again and again is said once", async () => {
  let wanted = true;
  const said = await warnings(async () => {
    const { kept, lives, nextLife } = keeping(() => wanted);
    await Promise.resolve();
    for (let life = 0; life < 2; life++) {
      const started = nextLife();
      lives[life]?.emit("exit", 1, null);
      await started;
      await Promise.resolve();
    }
    wanted = false;
    lives[2]?.emit("exit", 1, null);
    await kept.ended;
  });

  assert.deepEqual(said, ["Process 1 ended with code 1; restarting it"]);
});

Deno.test("what it says when it first listens is kept, and one that ends before says nothing", async () => {
  const first = keeping(() => false);
  const second = keeping(() => false);
  await Promise.resolve();

  first.kept.listens(FACTS);
  first.lives[0]?.emit("exit", 0, null);
  second.lives[0]?.emit("exit", 2, null);

  assert.deepEqual([await first.kept.begun, await second.kept.begun], [FACTS, undefined]);
  assert.deepEqual([await first.kept.ended, await second.kept.ended], [0, 2]);
});

Deno.test("one that has said nothing for 15 s hangs and is killed; one that answers slowly is let be", async () => {
  const { kept, lives } = keeping(() => false);
  await Promise.resolve();
  const [life] = lives;
  const now = performance.now();

  kept.meet(linkHeard(now - 60_000));
  kept.endIfSilent();
  assert.deepEqual(life?.signals, [], "it is still loading its bot");
  kept.listens(FACTS);
  kept.meet(linkHeard(now - 10_000));
  kept.endIfSilent();
  assert.deepEqual(life?.signals, []);
  kept.meet(linkHeard(now - 16_000));
  kept.endIfSilent();
  assert.deepEqual(life?.signals, ["SIGKILL"]);

  assert.equal(await kept.ask("load"), undefined);
  life?.emit("exit", null, "SIGKILL");
  await kept.ended;
});

Deno.test("who is to stop is asked to, and killed where it has not said hello yet", async () => {
  const { kept, lives } = keeping(() => false);
  const asked: unknown[][] = [];
  await Promise.resolve();

  kept.stop("drained");
  assert.deepEqual(lives[0]?.signals, ["SIGKILL"]);
  kept.meet({
    ...linkHeard(0),
    ask(name, ...args) {
      asked.push([name, ...args]);
      return new Promise(() => {});
    },
  });
  kept.stop("drained");

  assert.deepEqual(asked, [["stop", "drained"]]);
  assert.deepEqual(lives[0]?.signals, ["SIGKILL"]);
  lives[0]?.emit("exit", 0, null);
  await kept.ended;
});
