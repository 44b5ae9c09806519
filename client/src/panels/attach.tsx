import { type DragEvent, type JSX, useRef, useState } from "react";
import { Icon } from "./icons.tsx";

interface AttachButtonProps {
  readonly onFiles: (files: readonly File[]) => void;
}

/** Chooses files to send. */
export function AttachButton({ onFiles }: AttachButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-hidden="true"
        onChange={({ target }) => {
          onFiles([...target.files ?? []]);
          target.value = ""; // the same file may be chosen again
        }}
      />
      <button
        type="button"
        className="attach"
        aria-label="Send a file"
        title="Send a file; you can also drop or paste one here"
        onClick={() => input.current?.click()}
      >
        <Icon name="attach" />
      </button>
    </>
  );
}

/** Takes files that are dropped on a part of the page. */
export function useDrop(
  onFiles: ((files: readonly File[]) => void) | undefined,
): { readonly over: boolean; readonly handlers: object } {
  const [over, setOver] = useState(false);
  if (!onFiles) return { over: false, handlers: {} };
  const bringsFiles = ({ dataTransfer }: DragEvent): boolean =>
    dataTransfer.types.includes("Files");
  return {
    over,
    handlers: {
      onDragOver(event: DragEvent) {
        if (!bringsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop(event: DragEvent) {
        setOver(false);
        if (!bringsFiles(event)) return;
        event.preventDefault();
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}
