import { useEffect } from "react";
import { KEYS } from "../audio/dtmf.ts";
import type { Session } from "../session/session.ts";

/** What takes keys by itself. */
const FIELDS = "input, textarea, select, dialog, [role=slider]";

/** Lets keys outside of fields do what buttons do; `?` asks for the list of them. */
export function useShortcuts(session: Session, onHelp: () => void): void {
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey) return;
      if (target instanceof Element && target.closest(FIELDS)) return;
      const search = document.querySelector<HTMLInputElement>('.inspector input[type="search"]');
      if (key === "m") session.setMuted(!session.get().muted);
      else if (key === "?") onHelp();
      else if (key === "/" && search) search.focus();
      else if (KEYS.some((each) => each === key)) session.press(key);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, [session, onHelp]);
}
