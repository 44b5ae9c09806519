/** What the user shows: the camera, or the screen. */
export type Filmed = "camera" | "screen";

/** The camera and the screen of one call, each of which is off until the user turns it on. */
export interface Filming {
  /** The track of one that is on. */
  track(what: Filmed): MediaStreamTrack | undefined;
  /** Turns one on or off; a browser asks the user first. */
  turn(what: Filmed, on: boolean): void;
  /** Turns both off, for good. */
  close(): void;
}

/** What is told of the camera and the screen. */
export interface FilmingHandlers {
  /** One shows something else now, or nothing any more. */
  changed(what: Filmed, stream: MediaStream | undefined): void;
  /** One could not be turned on, or was turned off by somebody else: the browser, or the cable. */
  failed(what: Filmed, problem: string | undefined): void;
}

/** More than a bot looks at; the runner's limit decides what is sent. */
const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };
/** Text on a screen is to be read, and need not move. */
const SCREEN_FRAMES = 5;

/** Makes those of a call. */
export function createFilming({ changed, failed }: FilmingHandlers): Filming {
  const streams = new Map<Filmed, MediaStream>();
  /** Counts the turns, so that a permission granted too late opens nothing. */
  const turns = new Map<Filmed, number>();

  async function open(what: Filmed, turn: number): Promise<void> {
    let stream: MediaStream;
    try {
      const { mediaDevices } = navigator;
      stream = what === "camera"
        ? await mediaDevices.getUserMedia({ video: SIZE })
        : await mediaDevices.getDisplayMedia({
          video: { frameRate: SCREEN_FRAMES },
        });
    } catch (error) {
      if (turns.get(what) === turn) failed(what, problemOf(what, error));
      return;
    }
    if (turns.get(what) !== turn) return stop(stream);
    stream.getVideoTracks()[0]?.addEventListener("ended", () => {
      if (streams.get(what) !== stream) return;
      close(what);
      failed(what, undefined);
    });
    streams.set(what, stream);
    changed(what, stream);
  }

  function close(what: Filmed): void {
    turns.set(what, (turns.get(what) ?? 0) + 1);
    const stream = streams.get(what);
    if (!stream) return;
    streams.delete(what);
    stop(stream);
    changed(what, undefined);
  }

  return {
    track: (what) => streams.get(what)?.getVideoTracks()[0],
    turn(what, on) {
      close(what);
      if (on) void open(what, turns.get(what) ?? 0);
    },
    close() {
      close("camera");
      close("screen");
    },
  };
}

/** Why there is nothing to show; nothing where the user has just thought better of it. */
function problemOf(what: Filmed, error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : "";
  if (what === "screen" && name === "NotAllowedError") return undefined;
  switch (name) {
    case "NotAllowedError":
      return "The browser does not let this page use the camera.";
    case "NotFoundError":
      return "No camera was found.";
    default:
      return `The ${what} cannot be shown.`;
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
