import type { CallRecord } from "../session/record.ts";
import type { Settings } from "../session/settings.ts";
import type { Store } from "../session/store.ts";
import { createRecordedCaller, type RecordedCaller } from "./recorded_caller.ts";
import { wayAgain } from "./way_again.ts";

/** A recorded caller, and the call that they made before. */
export interface Again {
  readonly caller: RecordedCaller;
  readonly before: CallRecord;
}

/**
 * Gets ready to make a call again, by the way that it came; undefined where nothing of the caller was
 * recorded.
 *
 * @throws {Error} For a sound that cannot be read.
 */
export async function prepareAgain(
  before: CallRecord,
  settings: Store<Settings>,
  enabled: readonly string[],
): Promise<Again | undefined> {
  const way = await wayAgain(before, settings.get(), enabled);
  const caller = await createRecordedCaller(before);
  if (!caller) return undefined;
  settings.patch(way);
  return { caller, before };
}
