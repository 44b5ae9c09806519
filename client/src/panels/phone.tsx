import type { JSX } from "react";
import type { Session } from "../session/session.ts";
import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import { SIMULATED } from "../../../src/testing/carriers/mod.ts";
import type { Settings } from "../session/settings.ts";
import type { SessionView } from "../session/view.ts";
import { Keypad } from "./keypad.tsx";

interface PhoneProps {
  readonly session: Session;
  readonly view: SessionView;
  readonly settings: Settings;
}

/** A telephone: whose, from which number, and its keys. */
export default function Phone({ session, view, settings }: PhoneProps): JSX.Element {
  const off = view.call === "off";
  const live = view.call === "live";
  return (
    <div className="phone">
      <div className="numbers">
        <label>
          <span>Carrier</span>
          <select
            value={settings.carrier}
            disabled={!off}
            onChange={(event) => {
              const carrier = CARRIER_NAMES.find((name) => name === event.target.value);
              if (carrier) session.settings.patch({ carrier });
            }}
          >
            {CARRIER_NAMES.map((name) => (
              <option
                key={name}
                value={name}
                disabled={view.enabled && !view.enabled.includes(name)}
              >
                {SIMULATED[name].title}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Your number</span>
          <input
            type="tel"
            value={settings.from}
            disabled={!off}
            onChange={(event) => session.settings.patch({ from: event.target.value })}
          />
        </label>
        <label>
          <span>Calls</span>
          <input
            type="tel"
            value={settings.to}
            disabled={!off}
            onChange={(event) => session.settings.patch({ to: event.target.value })}
          />
        </label>
      </div>
      <Keypad disabled={!live} onPress={session.press} />
    </div>
  );
}
