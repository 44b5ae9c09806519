import { createStore, type Store } from "./store.ts";

/** What is known from before; each value is to be checked. */
export type Known = Readonly<Record<string, unknown>>;

/** Makes a store whose value this browser remembers. */
export function rememberedStore<T extends object>(
  key: string,
  read: (known: Known) => T,
): Store<T> {
  const storage = localStorageOrNone();
  let known: Known = {};
  try {
    known = Object(JSON.parse(storage.getItem(key) ?? "{}"));
  } catch {
    // What cannot be read is the same as nothing.
  }
  const store = createStore(read(known));
  store.subscribe(() => {
    try {
      storage.setItem(key, JSON.stringify(store.get()));
    } catch {
      // Then it is not remembered.
    }
  });
  return store;
}

/** The browser's storage; a stand-in that forgets where it is blocked. */
export function localStorageOrNone(): Pick<Storage, "getItem" | "setItem"> {
  let storage: Pick<Storage, "getItem" | "setItem"> = { getItem: () => null, setItem: () => {} };
  try {
    storage = localStorage;
  } catch {
    // Blocked: the stand-in it is.
  }
  return storage;
}
