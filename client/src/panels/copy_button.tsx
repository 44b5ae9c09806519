import { type JSX, useState } from "react";
import { Icon } from "./icons.tsx";

interface CopyButtonProps {
  /** What the button is for, said to those who do not see it. */
  readonly label: string;
  /** What is copied; a function is asked for it first. */
  readonly text: string | (() => string);
  readonly icon: "copy" | "link";
  readonly disabled?: boolean;
}

const SHOWN_MS = 1500;

/** Copies a text, and says so for a moment. */
export function CopyButton({ label, text, icon, disabled = false }: CopyButtonProps): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    const words = typeof text === "string" ? text : text();
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      prompt(label, words); // a page that is not https has no clipboard
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button
      type="button"
      className="icon"
      aria-label={copied ? "Copied" : label}
      title={label}
      disabled={disabled}
      onClick={() => void copy()}
    >
      <Icon name={copied ? "check" : icon} />
    </button>
  );
}
