/**
 * H.264 as RTP carries it (RFC 6184, packetization modes 0 and 1), put together to Annex B.
 *
 * @module
 */

const TYPE = 0x1f;
const NAL_BITS = 0xe0;
const IDR = 5;
const SEQUENCE_PARAMETERS = 7;
const DELIMITER = 9;
const LARGEST_SINGLE = 23;
const AGGREGATE = 24;
const FRAGMENT = 28;
const FRAGMENT_BEGINS = 0x80;
const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Whether a payload can only be the first of its access unit. */
export function startsH264Unit(payload: Uint8Array): boolean {
  const [first = 0] = payload;
  const type = first & TYPE;
  const inner = type === AGGREGATE ? (payload[3] ?? 0) & TYPE : type;
  return inner === SEQUENCE_PARAMETERS || inner === DELIMITER;
}

/**
 * Puts the payloads of an access unit together.
 *
 * @returns The unit with start codes, and whether decoding can begin with it; undefined if a
 * payload has another mode, or is shorter than it says.
 */
export function joinH264(
  payloads: readonly Uint8Array[],
): { readonly parts: Uint8Array[]; readonly key: boolean } | undefined {
  const parts: Uint8Array[] = [];
  let key = false;
  const begin = (header: number) => {
    key ||= (header & TYPE) === IDR;
    parts.push(START_CODE);
  };
  for (const payload of payloads) {
    const [header = 0] = payload;
    const type = header & TYPE;
    if (type >= 1 && type <= LARGEST_SINGLE) {
      begin(header);
      parts.push(payload);
    } else if (type === AGGREGATE) {
      for (let at = 1; at < payload.length;) {
        const size = (payload[at] ?? 0) << 8 | (payload[at + 1] ?? 0);
        const unit = payload.subarray(at + 2, at + 2 + size);
        if (size === 0 || unit.length !== size) return;
        begin(unit[0]!);
        parts.push(unit);
        at += 2 + size;
      }
    } else if (type === FRAGMENT) {
      if (payload.length < 3) return;
      const fragment = payload[1]!;
      if (fragment & FRAGMENT_BEGINS) {
        const whole = header & NAL_BITS | fragment & TYPE;
        begin(whole);
        parts.push(Uint8Array.of(whole));
      } else if (parts.length === 0) return;
      parts.push(payload.subarray(2));
    } else return;
  }
  return parts.length > 0 ? { parts, key } : undefined;
}
