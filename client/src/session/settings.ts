import { CARRIER_NAMES, type TelephonyTransportName } from "../../../src/core/transport_names.ts";

/** The ways to a bot. */
export type TransportKind = "webrtc" | "websocket" | "phone" | "daily" | "livekit";

/** What the user has chosen; it is remembered, and a link can carry it. */
export interface Settings {
  readonly transport: TransportKind;
  readonly carrier: TelephonyTransportName;
  /** The number that calls. */
  readonly from: string;
  /** The number that is called. */
  readonly to: string;
  /** The `body` of the start request, as typed. */
  readonly body: string;
  /** Ask for the runner's public STUN server, too. */
  readonly stun: boolean;
  /** Call again when the bot's code has changed in a call. */
  readonly callAgain: boolean;
  /** What the runner wants of those who begin calls; empty for none. No link that is copied has it. */
  readonly startToken: string;
}

const DEFAULTS: Settings = {
  transport: "webrtc",
  carrier: "twilio",
  from: "+15550100001",
  to: "+15550100002",
  body: "{}",
  stun: false,
  callAgain: false,
  startToken: "",
};
/** The ways, the shortest delay first. */
export const KINDS: readonly TransportKind[] = ["webrtc", "websocket", "phone", "daily", "livekit"];
const KEY = "pipecat-runner";
/** How the link that the runner prints brings the start token. */
const TOKEN = "token";

/** What the link says, else what was chosen last. */
export function loadSettings(hash: string, storage: Pick<Storage, "getItem">): Settings {
  let remembered: Readonly<Record<string, unknown>> = {};
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    if (typeof value === "object" && value !== null) remembered = { ...value };
  } catch {
    // Storage that is blocked or broken is the same as none.
  }
  const { [TOKEN]: token, startToken: _, ...link } = Object.fromEntries(
    new URLSearchParams(hash.replace(/^#/, "")),
  );
  const startToken = token === undefined ? {} : { startToken: token };
  const given: Readonly<Record<string, unknown>> = {
    ...DEFAULTS,
    ...remembered,
    ...link,
    ...startToken,
  };
  const text = (name: "from" | "to" | "body" | "startToken"): string => {
    const value = given[name];
    return typeof value === "string" ? value : DEFAULTS[name];
  };
  return {
    transport: KINDS.find((kind) => kind === given.transport) ?? DEFAULTS.transport,
    carrier: CARRIER_NAMES.find((name) => name === given.carrier) ?? DEFAULTS.carrier,
    from: text("from"),
    to: text("to"),
    body: text("body"),
    stun: given.stun === true || given.stun === "true",
    callAgain: given.callAgain === true || given.callAgain === "true",
    startToken: text("startToken"),
  };
}

/**
 * The address of the page without the start token; undefined when it has none. A secret must not stay
 * where it is shown, copied and remembered.
 */
export function withoutToken(page: string): string | undefined {
  const url = new URL(page);
  const link = new URLSearchParams(url.hash.replace(/^#/, ""));
  if (!link.has(TOKEN)) return undefined;
  link.delete(TOKEN);
  url.hash = link.toString();
  return url.href;
}

/** The settings without the secret among them. */
export function shareable({ startToken: _, ...settings }: Settings): Omit<Settings, "startToken"> {
  return settings;
}

/** The headers of a request that begins a call. */
export function startHeaders({ startToken }: Settings): Headers {
  return new Headers(startToken ? { authorization: `Bearer ${startToken}` } : {});
}

/** Remembers the settings on this computer. */
export function saveSettings(settings: Settings, storage: Pick<Storage, "setItem">): void {
  try {
    storage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Then they are not remembered.
  }
}

/** A link that opens the page with these settings; what is as usual is left out, and the token. */
export function linkTo(settings: Settings, page: string): string {
  const url = new URL(page);
  const changed = Object.entries(shareable(settings)).filter(([name, value]) =>
    name === "transport" || value !== DEFAULTS[name as keyof Settings] // the entries are its own
  );
  url.hash = new URLSearchParams(changed.map(([name, value]) => [name, String(value)])).toString();
  return url.href;
}

/** The body that was typed, or what is wrong with it. */
export function parseBody(text: string): { readonly body: unknown } | { readonly problem: string } {
  if (text.trim() === "") return { body: {} };
  try {
    return { body: JSON.parse(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "This is not JSON." };
  }
}
