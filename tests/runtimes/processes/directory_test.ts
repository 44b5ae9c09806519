/**
 * The store and the fleet of several processes, as a process has them that reaches them over its link.
 */
import { MemoryFleet } from "../../../src/nodes/memory_fleet.ts";
import {
  type DirectoryAnswers,
  directoryAnswers,
  linkedFleet,
  linkedStore,
} from "../../../src/runtimes/processes/directory.ts";
import { createLink } from "../../../src/runtimes/processes/link.ts";
import { MemoryOnceStore } from "../../../src/sessions/once.ts";
import { MemorySessionStore } from "../../../src/sessions/store.ts";
import { testFleet } from "../../nodes/fleet_contract.ts";
import { type StoreSetup, testStore } from "../../nodes/store_contract.ts";
import { socketPair } from "./socket_pair.ts";

async function shared(setup: StoreSetup = {}) {
  let time = 0;
  const now = () => time;
  const pair = await socketPair();
  const [parent, child] = pair.ends;
  createLink(
    parent,
    directoryAnswers({
      fleet: new MemoryFleet({ now }),
      store: new MemorySessionStore({ now, ...setup }),
      once: new MemoryOnceStore({ now }),
    }),
  );
  return {
    link: createLink<DirectoryAnswers>(child, {}),
    pass: (ms: number) => void (time += ms),
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  };
}

testFleet("a parent's memory", async () => {
  const { link, ...others } = await shared();
  return { ...others, join: () => linkedFleet(link) };
});

testStore("a parent's memory", async (setup) => {
  const { link, ...others } = await shared(setup);
  return { ...others, join: () => linkedStore(link) };
});
