import type { JSX } from "react";
import type { CallRecord } from "../session/record.ts";

interface RunAgainProps {
  /** The call that is looked at; absent before the first. */
  readonly record: CallRecord | undefined;
  readonly onRun: (record: CallRecord) => void;
}

/** Plays the caller of a call that is over to the bot as it is now. */
export function RunAgain({ record, onRun }: RunAgainProps): JSX.Element | null {
  if (record?.get().endedAt === undefined) return null;
  return (
    <button
      type="button"
      title="Plays this call's caller to the bot as it is now, and compares"
      onClick={() => onRun(record)}
    >
      Run again
    </button>
  );
}
