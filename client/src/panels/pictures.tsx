import { type JSX, useEffect, useRef, useState } from "react";
import type { Filmed } from "../calls/filming.ts";
import type { Session } from "../session/session.ts";
import type { SessionView } from "../session/view.ts";
import { Icon } from "./icons.tsx";

interface PicturesProps {
  readonly session: Session;
  readonly view: SessionView;
}

/** What a bot sends whose camera is off is black, and so small. */
const BLACK_WIDTH = 16;
const NAMES: Readonly<Record<Filmed, string>> = {
  camera: "Camera",
  screen: "Screen",
};

/** The bot's picture, and what the user shows of the camera and the screen. */
export function Pictures({ view }: Pick<PicturesProps, "view">): JSX.Element {
  const { botPicture, filmed } = view;
  return (
    <div className="pictures">
      <Picture
        key={botPicture?.id}
        name="The bot"
        stream={botPicture}
        className="bot"
      />
      <Picture name="Your camera" stream={filmed.camera} className="camera" />
      <Picture name="Your screen" stream={filmed.screen} className="screen" />
    </div>
  );
}

/** The buttons for them, as far as the bot can see. */
export function FilmControls(
  { session, view }: PicturesProps,
): JSX.Element | null {
  const { call, sees, filmed, filmProblem } = view;
  const offered = (["camera", "screen"] as const).filter((what) => sees[what]);
  if (call === "off" || offered.length === 0) return null;
  return (
    <div className="film">
      {offered.map((what) => {
        const on = filmed[what] !== undefined;
        return (
          <button
            key={what}
            type="button"
            aria-pressed={on}
            onClick={() => session.film(what, !on)}
          >
            <Icon name={what} />
            {on ? `${NAMES[what]} off` : NAMES[what]}
          </button>
        );
      })}
      <span className="problem" role="status">{filmProblem}</span>
    </div>
  );
}

interface PictureProps {
  readonly name: string;
  readonly stream: MediaStream | undefined;
  readonly className: string;
}

/** A picture that is there as soon as there is something to be seen. */
function Picture({ name, stream, className }: PictureProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream ?? null;
    if (!stream) return setSeen(false);
    const look = (): void => setSeen(element.videoWidth > BLACK_WIDTH);
    element.addEventListener("resize", look);
    void element.play().catch(() => undefined); // it is muted, and the call may be over
    return () => element.removeEventListener("resize", look);
  }, [stream]);
  return (
    <video
      ref={video}
      className={className}
      aria-label={name}
      hidden={!seen}
      muted
      playsInline
    />
  );
}
