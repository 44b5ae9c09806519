import { type JSX, useEffect, useRef } from "react";

/** Says why the bot's code cannot be loaded; it goes when the code can. */
export default function CodeProblem({ problem }: { readonly problem: string }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="calls fault" aria-labelledby="code-problem">
      <div className="calls-head">
        <h2 id="code-problem">The bot cannot be loaded</h2>
        <button type="button" onClick={() => dialog.current?.close()}>Close</button>
      </div>
      <div className="scroll" tabIndex={0}>
        <p className="message">{problem}</p>
        <p>Calls use the previous code.</p>
      </div>
    </dialog>
  );
}
