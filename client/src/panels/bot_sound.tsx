import { type JSX, memo, useEffect, useRef } from "react";

/** Plays the bot. */
export const BotSound = memo(function BotSound({
  stream,
}: {
  readonly stream: MediaStream | undefined;
}): JSX.Element {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.srcObject = stream ?? null;
    if (!stream) return;
    const play = (): void => void element.play().catch(() => undefined);
    play();
    // A browser that wants a click before it plays sound gets the next one.
    document.addEventListener("pointerdown", play);
    return () => document.removeEventListener("pointerdown", play);
  }, [stream]);
  return <audio ref={audio} />;
});
