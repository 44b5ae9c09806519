/**
 * Reads a server's JSON strictly: nothing missing, nothing added.
 *
 * @module
 */
import { parseJson } from "../core/json.ts";
import { badAnswer, Violation, type WebhookAnswer } from "./simulated_carrier.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a webhook's answer, which must be JSON.
 *
 * @throws {RunnerError} `bad_answer` if it is not.
 */
export function readJsonAnswer({ contentType, text }: WebhookAnswer): unknown {
  if (contentType !== "application/json") throw badAnswer(`its type is ${contentType}, not JSON.`);
  const value = parseJson(text);
  if (value === undefined) throw badAnswer("it is not JSON.");
  return value;
}

/**
 * Parses a message.
 *
 * @param shapes The fields of each event that the carrier knows.
 * @param key The field that names the event; the result calls it `event`.
 * @throws {Violation} If it is not a JSON object, its event is unknown, or it has other fields.
 */
export function readMessage(
  text: string,
  shapes: Readonly<Record<string, readonly string[]>>,
  key = "event",
): JsonObject & { readonly event: string } {
  const value = parseJson(text);
  if (value === undefined) throw new Violation(`The message is not JSON: ${text.slice(0, 80)}`);
  const message = readObject(value, "message");
  const event = message[key];
  const shape = typeof event === "string" && Object.hasOwn(shapes, event)
    ? shapes[event]
    : undefined;
  if (typeof event !== "string" || !shape) {
    throw new Violation(`The event ${JSON.stringify(event)} is not known.`);
  }
  checkFields(message, [key, ...shape], event);
  return { ...message, event };
}

/**
 * Reads a part of a message, which must be an object with exactly these fields.
 *
 * @throws {Violation} If it is not.
 */
export function readPart(value: unknown, name: string, fields: readonly string[]): JsonObject {
  const part = readObject(value, name);
  checkFields(part, fields, name);
  return part;
}

/**
 * Reads the name of a mark.
 *
 * @throws {Violation} If it is not a string, or is empty.
 */
export function readName(name: unknown): string {
  if (typeof name !== "string" || name === "") throw new Violation("A mark has no name.");
  return name;
}

/**
 * Reads a mark as Twilio, Telnyx and Exotel take it: an object with a name.
 *
 * @throws {Violation} If it is no such object.
 */
export function readMark(value: unknown): { readonly type: "mark"; readonly name: string } {
  return { type: "mark", name: readName(readPart(value, "mark", ["name"])["name"]) };
}

/**
 * Checks a value that must be exactly this one, such as an id.
 *
 * @throws {Violation} If it is another.
 */
export function expectValue(value: unknown, expected: unknown, name: string): void {
  if (value === expected) return;
  throw new Violation(`${name} is ${JSON.stringify(value)}, not ${JSON.stringify(expected)}.`);
}

function readObject(value: unknown, name: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JsonObject; // a JSON value that is an object, not a list
  }
  throw new Violation(`The ${name} is not an object.`);
}

function checkFields(value: JsonObject, fields: readonly string[], name: string): void {
  const names = Object.keys(value);
  const missing = fields.filter((field) => !names.includes(field));
  const added = names.filter((field) => !fields.includes(field));
  if (missing.length > 0) throw new Violation(`${name} lacks ${missing.join(", ")}.`);
  if (added.length > 0) throw new Violation(`${name} has ${added.join(", ")}, which is not known.`);
}
