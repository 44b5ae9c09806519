import { MemoryOnceStore } from "../../src/sessions/once.ts";
import { MemorySessionStore } from "../../src/sessions/store.ts";
import { testStore } from "./store_contract.ts";

testStore("memory", (setup) => {
  let time = 0;
  const now = () => time;
  const memory = new MemorySessionStore({ now, ...setup });
  const once = new MemoryOnceStore({ now });
  const store = {
    once,
    put: memory.put.bind(memory),
    get: memory.get.bind(memory),
    take: memory.take.bind(memory),
    extend: memory.extend.bind(memory),
  };
  return {
    join: () => store,
    pass: (ms) => void (time += ms),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
