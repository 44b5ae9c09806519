import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";
import { testFleet } from "./fleet_contract.ts";

testFleet("memory", () => {
  let time = 0;
  const fleet = new MemoryFleet({ now: () => time });
  return {
    join: () => fleet,
    pass: (ms) => void (time += ms),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
