import type { JSX } from "react";
import { KEYS } from "../audio/dtmf.ts";

const LETTERS: Readonly<Record<string, string>> = {
  "2": "ABC",
  "3": "DEF",
  "4": "GHI",
  "5": "JKL",
  "6": "MNO",
  "7": "PQRS",
  "8": "TUV",
  "9": "WXYZ",
  "0": "+",
};

interface KeypadProps {
  readonly disabled: boolean;
  readonly onPress: (key: string) => void;
}

/** The keys of a telephone. */
export function Keypad({ disabled, onPress }: KeypadProps): JSX.Element {
  return (
    <div className="keys" role="group" aria-label="Dial pad">
      {KEYS.map((key) => (
        <button
          key={key}
          type="button"
          aria-label={key === "*" ? "Star" : key === "#" ? "Pound" : key}
          data-letters={LETTERS[key] ?? ""}
          disabled={disabled}
          onClick={() => onPress(key)}
        >
          {key}
        </button>
      ))}
    </div>
  );
}
