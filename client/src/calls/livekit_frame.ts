import { LocalAudioTrack, Room } from "livekit-client";

/** What `livekit.html` offers the page around it. */
export interface LiveKitFrame {
  /** Makes a room to join. */
  openLiveKit(): Room;
  /** Makes a track that can be published of the page's own: the page's realm is not the frame's. */
  trackForLiveKit(track: MediaStreamTrack): LocalAudioTrack;
}

const frame: LiveKitFrame = {
  openLiveKit: () => new Room(),
  trackForLiveKit: (track) => new LocalAudioTrack(track, undefined, true),
};
Object.assign(globalThis, frame);
