import { type JSX, useEffect, useState, useSyncExternalStore } from "react";
import { type CallPlayer, createPlayer, type Voices } from "../replay/player.ts";
import { clock } from "../session/clock.ts";
import type { Cursor } from "../session/cursor.ts";
import type { CallRecord } from "../session/record.ts";
import type { Store } from "../session/store.ts";
import { Icon } from "./icons.tsx";

interface ReplayProps {
  readonly record: CallRecord;
  readonly cursor: Store<Cursor>;
}

/** What takes the space bar by itself. */
const FIELDS = "input, textarea, select, button, summary, dialog, [role=separator]";
const RATES = [1, 1.25, 1.5, 2];

/** Plays a call that is over; says so where it has no sound. */
export default function Replay({ record, cursor }: ReplayProps): JSX.Element | null {
  const [player, setPlayer] = useState<CallPlayer>();
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    let made: CallPlayer | undefined;
    let gone = false;
    record.sound().then((sound) => {
      if (gone) return;
      if (sound) setPlayer(made = createPlayer(sound, cursor));
      setSilent(!sound);
    }, () => setSilent(true));
    return () => {
      gone = true;
      setPlayer(undefined);
      made?.close();
    };
  }, [record, cursor]);
  if (silent) return <span className="replay none">No sound was kept.</span>;
  return player ? <Controls player={player} record={record} cursor={cursor} /> : null;
}

function Controls(
  { player, record, cursor }: ReplayProps & { readonly player: CallPlayer },
): JSX.Element {
  const { playing, rate, voices } = useSyncExternalStore(player.subscribe, player.get);
  const { at = 0 } = useSyncExternalStore(cursor.subscribe, cursor.get);
  const { endedAt = 0 } = record.get();
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (event.key !== " " || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(FIELDS)) return;
      event.preventDefault(); // no scrolling
      player.toggle();
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, [player]);
  const action = playing ? "Pause" : "Play the call";
  return (
    <div className="replay" role="group" aria-label="Replay">
      <button
        type="button"
        className="play"
        aria-label={action}
        title={action}
        onClick={() => player.toggle()}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <span className="time">{clock(at)} / {clock(endedAt)}</span>
      <select
        aria-label="Speed"
        value={rate}
        onChange={({ target }) => player.setRate(Number(target.value))}
      >
        {RATES.map((rate) => <option key={rate} value={rate}>{rate} ×</option>)}
      </select>
      <select
        aria-label="Voices"
        value={voices}
        onChange={({ target }) => player.setVoices(target.value as Voices)} // one of the options
      >
        <option value="both">Both</option>
        <option value="user">You</option>
        <option value="bot">Bot</option>
      </select>
    </div>
  );
}
