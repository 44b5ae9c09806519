/** The code of the bot, as the runner has it now. */
export interface BotCode {
  /** Counts its changes. */
  readonly version: number;
  /** Why what was written last cannot be used; the code before it is used on. */
  readonly problem?: string;
}

/** Follows the changes of the bot's code; returns the way to stop. */
export function followChanges(changed: (code: BotCode) => void): () => void {
  const events = new EventSource(new URL("../watch", document.baseURI));
  events.onmessage = ({ data }) => changed(JSON.parse(data) as BotCode); // the runner's own
  return () => events.close();
}
