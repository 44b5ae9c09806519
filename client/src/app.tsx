import { type JSX, useSyncExternalStore } from "react";
import { BotSound } from "./panels/bot_sound.tsx";
import { Controls } from "./panels/controls.tsx";
import { ConversationPanel } from "./panels/conversation.tsx";
import { Header } from "./panels/header.tsx";
import { Messages } from "./panels/messages.tsx";
import { Status } from "./panels/status.tsx";
import type { Session } from "./session/session.ts";

/** The whole page. */
export function App({ session }: { readonly session: Session }): JSX.Element {
  const view = useSyncExternalStore(session.subscribe, session.get);
  return (
    <>
      <Header
        transport={view.transport}
        call={view.call}
        sessionId={view.sessionId}
      />
      <main>
        <section className="stage" aria-label="Call">
          <Controls session={session} view={view} />
          <Status view={view} />
        </section>
        <ConversationPanel
          lines={view.conversation.lines}
          live={view.call === "live" || view.call === "broken"}
          onSay={session.say}
        />
        <Messages messages={view.messages} />
      </main>
      <BotSound stream={view.botSound} />
    </>
  );
}
