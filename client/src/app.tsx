import { type JSX, useState, useSyncExternalStore } from "react";
import { BotSound } from "./panels/bot_sound.tsx";
import { CallPanel } from "./panels/call_panel.tsx";
import { ConversationPanel } from "./panels/conversation.tsx";
import { Header } from "./panels/header.tsx";
import { type Chosen, Inspector } from "./panels/inspector.tsx";
import { Timeline } from "./panels/timeline.tsx";
import type { Session } from "./session/session.ts";

/** The whole page. */
export function App({ session }: { readonly session: Session }): JSX.Element {
  const view = useSyncExternalStore(session.subscribe, session.get);
  const settings = useSyncExternalStore(session.settings.subscribe, session.settings.get);
  const shown = useSyncExternalStore(session.shown.subscribe, session.shown.get);
  const [chosen, setChosen] = useState<Chosen>();
  const call = shown.record?.get() ?? view;

  /** Shows a moment everywhere: the message next to it, the line that is said then, the sound. */
  function choose(at: number): void {
    session.seek(at);
    const [first, ...others] = call.messages;
    if (!first) return;
    const { key } = others.reduce(
      (best, other) => Math.abs(other.ms - at) < Math.abs(best.ms - at) ? other : best,
      first,
    );
    setChosen({ key });
  }

  return (
    <>
      <Header
        transport={view.transport}
        call={view.call}
        sessionId={call.sessionId}
        bots={view.bots}
        settings={settings}
        shown={shown.record}
        onShow={session.show}
      />
      <main>
        <CallPanel session={session} view={view} settings={settings} />
        <ConversationPanel
          lines={call.conversation.lines}
          live={view.call === "live" || view.call === "broken"}
          transport={settings.transport}
          cursor={session.cursor}
          onSay={session.say}
          onChoose={choose}
        />
        <Inspector
          session={session}
          view={call}
          settings={settings}
          chosen={chosen}
          onChoose={choose}
          onSeek={session.seek}
        />
        <Timeline
          record={shown.record ?? session.record}
          view={call}
          cursor={session.cursor}
          chosen={chosen?.key}
          onChoose={(key) => setChosen({ key })}
          onSeek={session.seek}
        />
      </main>
      <BotSound stream={view.botSound} speakerId={view.speakerId} />
    </>
  );
}
