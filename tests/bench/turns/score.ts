/**
 * What counts in the bench of turns.
 *
 * @module
 */
import type { Call, HeardTurn } from "../../turns/rehearsal.ts";

/** What is heard, and what of it is speech of the user. */
export interface Scene extends Pick<Call, "heard" | "said" | "options"> {
  /** Scenes of one name are counted together. */
  readonly name: string;
  /** Where the user speaks, in ms from the first sound to the last. Absent where nobody does. */
  readonly speech?: { readonly fromMs: number; readonly toMs: number };
}

/** Counts. */
export interface Score {
  add(scene: Scene, turns: readonly HeardTurn[]): void;
  /** A table in Markdown. */
  table(): string;
}

interface Row {
  scenes: number;
  withSpeech: boolean;
  /** Turns that began while nobody spoke. */
  falseStarts: number;
  /** Scenes in which the user was not heard. */
  missed: number;
  /** Turns that one utterance was parted into, beyond the first. */
  parted: number;
  /** From the first sound until the turn was told of, in ms. */
  readonly starts: number[];
  /** From the last sound until the turn was over, in ms. */
  readonly ends: number[];
}

/** Begins to count. */
export function createScore(): Score {
  const rows = new Map<string, Row>();
  return {
    add({ name, speech }, turns) {
      const row = rows.get(name) ?? {
        scenes: 0,
        withSpeech: speech !== undefined,
        falseStarts: 0,
        missed: 0,
        parted: 0,
        starts: [],
        ends: [],
      };
      rows.set(name, row);
      row.scenes++;
      const own = turns.filter(({ toldMs }) =>
        speech && toldMs >= speech.fromMs && toldMs <= speech.toMs + 150
      );
      row.falseStarts += turns.length - own.length;
      if (!speech) return;
      const [first] = own;
      // A turn that began too early, and goes on, has the user in it all the same.
      if (!first) {
        const covered = turns.some(({ toldMs, overMs }) =>
          toldMs < speech.fromMs && (overMs ?? Infinity) > speech.toMs
        );
        if (!covered) row.missed++;
        return;
      }
      row.parted += own.length - 1;
      row.starts.push(first.toldMs - speech.fromMs);
      const over = own.at(-1)?.overMs;
      if (over !== undefined) row.ends.push(over - speech.toMs);
    },
    table() {
      const head = [
        "| what is heard | scenes | false starts | missed | parted | start p50 | p95 | end p50 | p95 |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
      ];
      const lines = [...rows].map(([name, row]) => {
        const { scenes, withSpeech, falseStarts, missed, parted, starts, ends } = row;
        const times = [[starts, 0.5], [starts, 0.95], [ends, 0.5], [ends, 0.95]] as const;
        const cells = withSpeech
          ? [missed, parted, ...times.map(([values, part]) => percentile(values, part))]
          : Array(6).fill("");
        return `| ${[name, scenes, falseStarts, ...cells].join(" | ")} |`;
      });
      return [...head, ...lines].join("\n");
    },
  };
}

function percentile(values: readonly number[], part: number): string {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]?.toFixed(0) ?? "–";
}
