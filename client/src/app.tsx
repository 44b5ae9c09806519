import { type JSX, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { BotSound } from "./panels/bot_sound.tsx";
import { CallPanel } from "./panels/call_panel.tsx";
import { CallView } from "./panels/call_view.tsx";
import { Header } from "./panels/header.tsx";
import { lazyPanel } from "./panels/lazy_panel.tsx";
import { PaneTabs, type ShownPane } from "./panels/pane_tabs.tsx";
import { Splitters } from "./panels/splitters.tsx";
import { useShortcuts } from "./panels/use_shortcuts.ts";
import { loadPart } from "./session/load_part.ts";
import { createPanes, type Panes } from "./session/panes.ts";
import type { Session } from "./session/session.ts";
import { botState } from "./session/states.ts";

const Compare = lazyPanel(() => import("./panels/compare.tsx"));
const CodeProblem = lazyPanel(() => import("./panels/code_problem.tsx"));
const Shortcuts = lazyPanel(() => import("./panels/shortcuts.tsx"));
const Fault = lazyPanel(() => import("./panels/fault.tsx"));

/** The whole page. */
export function App({ session }: { readonly session: Session }): JSX.Element {
  const view = useSyncExternalStore(session.subscribe, session.get);
  const settings = useSyncExternalStore(session.settings.subscribe, session.settings.get);
  const shown = useSyncExternalStore(session.shown.subscribe, session.shown.get);
  const call = shown.record?.get() ?? view;
  const { volume } = useSyncExternalStore(session.sound.subscribe, session.sound.get);
  const [panes] = useState(createPanes);
  const division = useSyncExternalStore(panes.subscribe, panes.get);
  const [pane, setPane] = useState<ShownPane>("stage");
  const [help, setHelp] = useState(false);
  useDroppedCall(session);
  useShortcuts(session, useCallback(() => setHelp(true), []));

  return (
    <>
      <Header
        transport={view.transport}
        call={view.call}
        botReady={view.botReady}
        sessionId={call.sessionId}
        bots={view.bots}
        settings={settings}
        shown={shown}
        onShow={session.show}
        onCompare={session.compare}
        changed={view.changed}
        record={shown.record ?? session.record}
        onAgain={session.callAgain}
        onRunAgain={session.runAgain}
        onSettings={session.settings.patch}
      />
      <PaneTabs shown={pane} onShow={setPane} />
      <main data-pane={pane} style={sizesOf(division)}>
        <CallPanel
          session={session}
          view={view}
          settings={settings}
          record={shown.record ?? session.record}
          panes={panes}
        />
        <CallView
          record={shown.record ?? session.record}
          view={call}
          bot={shown.record ? "" : botState(view)}
          cursor={session.cursor}
          live={view.call === "live" || view.call === "broken"}
          transport={settings.transport}
          request={{ session, settings }}
          onSay={session.say}
          onFiles={view.takesFiles ? session.attach : undefined}
          onSeek={session.seek}
          onInspect={() => setPane("inspector")}
        />
        <Splitters panes={panes} />
      </main>
      {view.call === "off" && view.ending?.failed && view.sessionId
        ? <Fault key={view.sessionId} sessionId={view.sessionId} settings={settings} />
        : null}
      {view.code?.problem
        ? <CodeProblem key={view.code.version} problem={view.code.problem} />
        : null}
      {shown.compared ? <Compare calls={shown.compared} onClose={() => session.compare()} /> : null}
      {help ? <Shortcuts onClose={() => setHelp(false)} /> : null}
      <BotSound stream={view.botSound} speakerId={view.speakerId} volume={volume} />
    </>
  );
}

/** The sizes that the user has chosen, for the style sheet. */
function sizesOf({ stage, inspector, timeline }: Panes): Readonly<Record<string, string>> {
  const chosen = Object.entries({ stage, inspector, timeline })
    .flatMap(([pane, size]) => size === undefined ? [] : [[`--${pane}`, `${size}px`]]);
  return Object.fromEntries(chosen);
}

/** Shows a call file that is dropped on the page, and two side by side. */
function useDroppedCall(session: Session): void {
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const free = ({ dataTransfer }: DragEvent): boolean =>
      session.get().call === "off" && (dataTransfer?.types.includes("Files") ?? false);
    addEventListener("dragover", (event) => free(event) && event.preventDefault(), { signal });
    addEventListener("drop", (event) => {
      if (!free(event)) return;
      event.preventDefault();
      const files = [...event.dataTransfer?.files ?? []];
      loadPart(import("./kept/open_files.ts"))
        .then(({ openFiles }) => openFiles(files))
        .then(
          (calls) => calls.length > 1 ? session.compare(calls) : session.show(calls[0]),
          (error: Error) => session.show(undefined, { sentence: error.message, failed: true }),
        );
    }, { signal });
    return () => controller.abort();
  }, [session]);
}
