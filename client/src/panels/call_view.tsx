import { type JSX, useState } from "react";
import type { Cursor } from "../session/cursor.ts";
import type { CallRecord } from "../session/record.ts";
import type { Session } from "../session/session.ts";
import type { Settings, TransportKind } from "../session/settings.ts";
import type { BotState } from "../session/states.ts";
import type { Store } from "../session/store.ts";
import type { CallView as View } from "../session/view.ts";
import { ConversationPanel } from "./conversation.tsx";
import { type Chosen, Inspector } from "./inspector.tsx";
import { Timeline } from "./timeline.tsx";

interface CallViewProps {
  /** The call; absent before the first. */
  readonly record: CallRecord | undefined;
  readonly view: View;
  /** What the bot does; empty where there is none. */
  readonly bot?: BotState;
  readonly cursor: Store<Cursor>;
  /** True while the bot can be told something. */
  readonly live: boolean;
  readonly transport: TransportKind;
  /** What the next call is asked for; absent where none can be made. */
  readonly request?: { readonly session: Session; readonly settings: Settings };
  readonly onSay: (text: string) => void;
  /** Sends files; absent while the bot takes none. */
  readonly onFiles?: ((files: readonly File[], text: string) => void) | undefined;
  /** Goes to a moment of the call, in ms since it began. */
  readonly onSeek: (at: number) => void;
  /** Brings the inspector into view, where not all fits on the screen. */
  readonly onInspect?: () => void;
}

/** A call: what was said, what went over the line, and who spoke when. */
export function CallView(props: CallViewProps): JSX.Element {
  const { record, view, bot = "", cursor, live, transport, request } = props;
  const { onSay, onFiles, onSeek, onInspect } = props;
  const [chosen, setChosen] = useState<Chosen>();

  /** Shows a moment everywhere: the message next to it, the line that is said then, the sound. */
  function choose(at: number): void {
    onSeek(at);
    const [first, ...others] = view.messages;
    if (!first) return;
    const { key } = others.reduce(
      (best, other) => Math.abs(other.ms - at) < Math.abs(best.ms - at) ? other : best,
      first,
    );
    setChosen({ key });
  }

  return (
    <>
      <ConversationPanel
        lines={view.conversation.lines}
        bot={bot}
        live={live}
        transport={transport}
        cursor={cursor}
        onSay={onSay}
        onFiles={onFiles}
        onChoose={choose}
      />
      <Inspector
        view={view}
        request={request}
        chosen={chosen}
        onSeek={onSeek}
      />
      <Timeline
        record={record}
        view={view}
        cursor={cursor}
        chosen={chosen?.key}
        onChoose={(key) => {
          setChosen({ key });
          onInspect?.();
        }}
        onSeek={onSeek}
      />
    </>
  );
}
