import { type CallPlayer, createPlayer } from "../replay/player.ts";
import { type Cursor, NO_CURSOR } from "../session/cursor.ts";
import type { CallRecord } from "../session/record.ts";
import { createStore, type Store } from "../session/store.ts";
import type { Exchange } from "./exchanges.ts";

/** Which of the two calls. */
export type Which = "one" | "other";

/** What is heard now. */
export interface Playing {
  readonly which?: Which | undefined;
  /** The exchange, of that call. */
  readonly exchange?: Exchange | undefined;
  /** The calls of which no sound was kept. */
  readonly silent: readonly Which[];
}

/** Plays one exchange at a time, of either call. */
export interface TurnPlayer extends Pick<Store<Playing>, "get" | "subscribe"> {
  /** Plays an exchange, or stops it where it plays. */
  toggle(which: Which, exchange: Exchange): Promise<void>;
  close(): void;
}

/** Makes a player of two calls. */
export function createTurnPlayer(calls: Readonly<Record<Which, CallRecord>>): TurnPlayer {
  const store = createStore<Playing>({ silent: [] });
  const sides = { one: openSide(calls.one, ended), other: openSide(calls.other, ended) };
  for (const which of ["one", "other"] as const) {
    void sides[which].then((side) => {
      if (!side) store.patch({ silent: [...store.get().silent, which] });
    });
  }

  function ended(): void {
    store.patch({ which: undefined, exchange: undefined });
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    async toggle(which, exchange) {
      const before = store.get();
      if (before.which) (await sides[before.which])?.stop();
      if (before.which === which && before.exchange === exchange) return ended();
      const side = await sides[which];
      if (!side) return;
      store.patch({ which, exchange });
      side.play(exchange);
    },
    close() {
      for (const side of Object.values(sides)) void side.then((side) => side?.close());
    },
  };
}

interface Side {
  play(exchange: Exchange): void;
  stop(): void;
  close(): void;
}

async function openSide(call: CallRecord, ended: () => void): Promise<Side | undefined> {
  const sound = await call.sound().catch(() => undefined);
  if (!sound) return undefined;
  const cursor = createStore<Cursor>(NO_CURSOR);
  const player: CallPlayer = createPlayer(sound, cursor);
  let until = Infinity;
  let wanted = false;
  const stop = (): void => {
    wanted = false;
    if (player.get().playing) player.toggle();
  };
  cursor.subscribe(() => {
    if (!wanted || (cursor.get().at ?? 0) < until) return;
    stop();
    ended();
  });
  player.subscribe(() => {
    // It came to the end of the sound.
    if (!wanted || player.get().playing) return;
    wanted = false;
    ended();
  });
  return {
    play(exchange) {
      until = exchange.until;
      cursor.patch({ at: exchange.at, asked: cursor.get().asked + 1 });
      player.toggle();
      wanted = true;
    },
    stop,
    close: () => player.close(),
  };
}
