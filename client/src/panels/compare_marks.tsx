import type { JSX } from "react";
import { counts, signed } from "../compare/comparison.ts";
import type { Which } from "../compare/turn_player.ts";

/** How much later, or sooner. */
export function Later({ ms }: { readonly ms: number | undefined }): JSX.Element | null {
  if (ms === undefined) return null;
  const kind = !counts(ms) ? "same" : ms > 0 ? "later" : "sooner";
  return <span className={`by ${kind}`}>{signed(ms)}</span>;
}

/** What a call is called here. */
export function Letter({ which }: { readonly which: Which }): JSX.Element {
  return <span className={`letter ${which}`}>{which === "one" ? "A" : "B"}</span>;
}
