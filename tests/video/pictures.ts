/**
 * Small pictures of many kinds, made with Pillow.
 */
import { decodeBase64 } from "../../src/core/base64.ts";

function picture(text: string): Uint8Array<ArrayBuffer> {
  return decodeBase64(text) ?? new Uint8Array();
}

/** 64 × 48 pixels: stripes of red, green, blue and yellow, each 16 pixels wide. */
export const STRIPES = picture(
  "UklGRoYAAABXRUJQVlA4IHoAAABQBQCdASpAADAAPl0ojUWjoqEdXMwAOAXEswBoI/z8g/G78QORxO/QRYDH" +
    "CUMndLS61UAA/vDXA/81/Neyb/9xCKj0ugq5N6mRfXWf3Wf36z+/XWX8hBhPdOuZ1Wd93inv8W+7ao3Ot3t4" +
    "nlSxfB2Yg18sCv+FqtIgAA==",
);
/** The same stripes, more transparent from the top to the bottom. */
export const WITH_ALPHA = picture(
  "UklGRroAAABXRUJQVlA4WAoAAAAQAAAAPwAALwAAQUxQSCQAAAABuYzof0Bt2zaMS5L//25jEDEBCpM2YLr7" +
    "ikI3UzvK/fG9HgBWUDggcAAAADAFAJ0BKkAAMAA+tU6bS6ckoqG6uZgA4BaJZgDJt/x6T+Ge4gzPwGCNMlNC" +
    "ojxmP3DgAP7r3i+3YEJdL/8uMtddlcaquuvfa99qPbO37t/0Iq52pce9P7+t2V2Gp+UIcAUrmI5HdzE4R4Hu" +
    "gqTRAAA=",
);
/** The stripes without a loss. */
export const LOSSLESS = picture(
  "UklGRjoAAABXRUJQVlA4TC0AAAAvP8ALAIVBtpFMjuSwD+d9avAREhDdVNNsM0IgQEiVo0Bv/ycgwTPu8yH/" +
    "7wAA",
);
/** Black, then white. */
export const ANIMATED = picture(
  "UklGRpQAAABXRUJQVlA4WAoAAAACAAAADwAADwAAQU5JTQYAAAAAAAAAAABBTk1GMAAAAAAAAAAAAA8AAA8A" +
    "AGQAAAJWUDggGAAAADABAJ0BKhAAEAAEAGglpAADcAD+852AAEFOTUYwAAAAAAAAAAAADwAADwAAZAAAAFZQ" +
    "OCAYAAAANAEAnQEqEAAQAAAAaCWkAANwAP7ywgAA",
);
/** 16 × 16 pixels of black, as the following. */
export const PNG = picture(
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAEElEQVR4nGNgGAWjYBTAAAADEAABPywr7AAA" +
    "AABJRU5ErkJggg==",
);
/** The beginning of a JPEG. */
export const JPEG = picture("/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD");
/** As a GIF. */
export const GIF = picture(
  "R0lGODdhEAAQAIEAAAAAAAAAAAAAAAAAACwAAAAAEAAQAEAIHQABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLF" +
    "gQEBADs=",
);
