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
  const [chosen, setChosen] = useState<Chosen>();
  const choose = (key: number): void => setChosen({ key });
  return (
    <>
      <Header
        transport={view.transport}
        call={view.call}
        sessionId={view.sessionId}
        bots={view.bots}
        settings={settings}
      />
      <main>
        <CallPanel session={session} view={view} settings={settings} />
        <ConversationPanel
          lines={view.conversation.lines}
          live={view.call === "live" || view.call === "broken"}
          transport={settings.transport}
          onSay={session.say}
        />
        <Inspector session={session} view={view} settings={settings} chosen={chosen} />
        <Timeline
          session={session}
          view={view}
          settings={settings}
          chosen={chosen?.key}
          onChoose={choose}
        />
      </main>
      <BotSound stream={view.botSound} speakerId={view.speakerId} />
    </>
  );
}
