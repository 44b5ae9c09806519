import type { JSX, KeyboardEvent } from "react";

/** What a narrow page shows, one at a time. */
export type ShownPane = "stage" | "conversation" | "timeline" | "inspector";

const TABS: readonly { readonly pane: ShownPane; readonly title: string }[] = [
  { pane: "stage", title: "Call" },
  { pane: "conversation", title: "Conversation" },
  { pane: "timeline", title: "Timeline" },
  { pane: "inspector", title: "Inspector" },
];

interface PaneTabsProps {
  readonly shown: ShownPane;
  readonly onShow: (pane: ShownPane) => void;
}

/** Chooses what a narrow page shows; a wide one shows all. */
export function PaneTabs({ shown, onShow }: PaneTabsProps): JSX.Element {
  function move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.findIndex(({ pane }) => pane === shown);
    const { pane } = TABS[(at + step + TABS.length) % TABS.length]!;
    onShow(pane);
    document.getElementById(`pane-tab-${pane}`)?.focus();
  }
  return (
    <nav className="pane-tabs" aria-label="Parts of the page">
      <div className="tabs" role="tablist" aria-label="Parts of the page" onKeyDown={move}>
        {TABS.map(({ pane, title }) => (
          <button
            key={pane}
            id={`pane-tab-${pane}`}
            type="button"
            role="tab"
            aria-selected={pane === shown}
            aria-controls={`pane-${pane}`}
            tabIndex={pane === shown ? 0 : -1}
            onClick={() => onShow(pane)}
          >
            {title}
          </button>
        ))}
      </div>
    </nav>
  );
}
