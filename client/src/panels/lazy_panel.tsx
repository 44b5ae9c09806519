import { type ComponentType, type JSX, useEffect, useState } from "react";
import { loadPart } from "../session/load_part.ts";

type State = "loading" | "failed" | "there";

/** A panel whose code is loaded when it is first shown; where that fails, it says so and tries again. */
export function lazyPanel<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): (props: Props) => JSX.Element | null {
  let loaded: ComponentType<Props> | undefined;

  return function LazyPanel(props) {
    const [state, setState] = useState<State>("loading");
    useEffect(() => {
      if (state !== "loading" || loaded) return;
      let gone = false;
      const tell = (next: State) => {
        if (!gone) setState(next);
      };
      loadPart(load()).then((module) => {
        loaded = module.default;
        tell("there");
      }, () => tell("failed"));
      return () => {
        gone = true;
      };
    }, [state]);

    const Panel = loaded;
    if (Panel) return <Panel {...props} />;
    if (state !== "failed") return null;
    return (
      <p className="empty" role="alert">
        This panel could not be loaded. Is the runner still running?{" "}
        <button type="button" onClick={() => setState("loading")}>Try again</button>
      </p>
    );
  };
}
