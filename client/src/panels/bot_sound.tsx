import { type JSX, memo, useEffect, useRef } from "react";

interface BotSoundProps {
  readonly stream: MediaStream | undefined;
  /** The device id of the speaker; the default one if empty. */
  readonly speakerId: string;
  /** From 0 to 1. */
  readonly volume: number;
}

/** Plays the bot. */
export const BotSound = memo(function BotSound(props: BotSoundProps): JSX.Element {
  const { stream, speakerId, volume } = props;
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
  useEffect(() => {
    // Not every browser lets a page choose.
    if (speakerId || audio.current?.sinkId) {
      void audio.current?.setSinkId?.(speakerId).catch(() => undefined);
    }
  }, [speakerId]);
  useEffect(() => {
    if (audio.current) audio.current.volume = volume;
  }, [volume]);
  return <audio ref={audio} />;
});
