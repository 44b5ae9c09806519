/**
 * Sessions with bots that misbehave, opened at a runner that listens.
 */
import { FROM_CARRIER } from "../carriers/messages.ts";

/** How long a runner that is stalled is waited for, in ms. */
const OPEN_MS = 5000;

/** Opens a session with a bot of this kind, by phone or as a browser would; returns what ends it. */
export async function misbehave(
  origin: string,
  kind: string,
  transport: "twilio" | "websocket",
): Promise<() => void> {
  const url = new URL(transport === "twilio" ? "/ws" : "/ws-client", origin.replace("http", "ws"));
  if (transport === "websocket") url.searchParams.set("body", btoa(JSON.stringify({ kind })));
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Nobody answers, beside ${kind}`)), OPEN_MS);
    const settle = () => {
      clearTimeout(late);
      resolve();
    };
    socket.addEventListener("open", settle);
    socket.addEventListener("error", settle);
  });
  let timer: ReturnType<typeof setInterval> | undefined;
  if (transport === "twilio") {
    const { connected, start, media } = FROM_CARRIER.twilio;
    const send = (message: unknown) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    };
    send(connected);
    send({ ...start, start: { ...start.start, customParameters: { kind } } });
    timer = setInterval(() => send(media), 20);
    socket.addEventListener("close", () => clearInterval(timer));
  }
  return () => {
    clearInterval(timer);
    socket.close();
  };
}
