/**
 * Stream reconfiguration (RFC 6525): how data channels are closed.
 *
 * @module
 */
import {
  CHUNK,
  isAfter,
  readParameters,
  type SctpParameter,
  viewOf,
  writeChunk,
  writeParameter,
} from "./sctp_packet.ts";

/** A parameter of a RE-CONFIG chunk. */
export type Reconfiguration =
  | {
    readonly kind: "reset";
    readonly sequence: number;
    /** The client's last TSN before its streams begin again. */
    readonly lastTsn: number;
    /** None means all of them. */
    readonly streams: readonly number[];
  }
  | { readonly kind: "add"; readonly sequence: number; readonly parameter: SctpParameter }
  | { readonly kind: "response"; readonly parameter: SctpParameter };

/** What a request is answered with (§4.4). */
export const RECONFIG_RESULT = { performed: 1, badSequence: 5, inProgress: 6 } as const;

const OUTGOING_RESET_REQUEST = 13;
const RECONFIG_RESPONSE = 16;
const ADD_OUTGOING_REQUEST = 17;

/**
 * Reads the value of a RE-CONFIG chunk; undefined unless it holds one or two parameters, each as
 * long as §4 says. Kinds that no browser sends are left out.
 */
export function readReconfig(value: Uint8Array): Reconfiguration[] | undefined {
  const parameters = readParameters(value);
  if (!parameters || parameters.length === 0 || parameters.length > 2) return;
  const read: Reconfiguration[] = [];
  for (const parameter of parameters) {
    const { type, value } = parameter;
    const view = viewOf(value);
    if (type === OUTGOING_RESET_REQUEST) {
      if (value.length < 12 || value.length % 2 !== 0) return;
      const streams: number[] = [];
      for (let at = 12; at < value.length; at += 2) streams.push(view.getUint16(at));
      const [sequence, lastTsn] = [view.getUint32(0), view.getUint32(8)];
      read.push({ kind: "reset", sequence, lastTsn, streams });
    } else if (type === ADD_OUTGOING_REQUEST) {
      if (value.length !== 8) return;
      read.push({ kind: "add", sequence: view.getUint32(0), parameter });
    } else if (type === RECONFIG_RESPONSE) {
      if (value.length !== 8 && value.length !== 16) return;
      read.push({ kind: "response", parameter });
    }
  }
  return read;
}

/**
 * The immediate answer to a request; undefined if it must be carried out (§5.2.1).
 *
 * @param lastSequence The number of the last request that was done.
 * @param cumulativeTsn The last TSN before which nothing is missing.
 */
export function answerTo(
  request: Exclude<Reconfiguration, { kind: "response" }>,
  lastSequence: number,
  cumulativeTsn: number,
): number | undefined {
  if (request.sequence === lastSequence) return RECONFIG_RESULT.performed; // it is a repetition
  if (request.sequence !== (lastSequence + 1) >>> 0) return RECONFIG_RESULT.badSequence;
  if (request.kind === "reset" && isAfter(request.lastTsn, cumulativeTsn)) {
    return RECONFIG_RESULT.inProgress;
  }
}

/** Makes a RE-CONFIG chunk of one parameter. */
export function writeReconfig(parameter: SctpParameter): Uint8Array {
  return writeChunk(CHUNK.reconfig, 0, writeParameter(parameter));
}

/** Makes the parameter that asks for streams to begin again. */
export function resetRequest(
  sequence: number,
  lastTsn: number,
  streams: readonly number[],
): SctpParameter {
  const value = new Uint8Array(12 + 2 * streams.length);
  const view = viewOf(value);
  view.setUint32(0, sequence);
  view.setUint32(8, lastTsn);
  for (const [i, stream] of streams.entries()) view.setUint16(12 + 2 * i, stream);
  return { type: OUTGOING_RESET_REQUEST, value };
}

/** Makes the parameter that answers a request. */
export function reconfigResponse(sequence: number, result: number): SctpParameter {
  const value = new Uint8Array(8);
  viewOf(value).setUint32(0, sequence);
  viewOf(value).setUint32(4, result);
  return { type: RECONFIG_RESPONSE, value };
}
