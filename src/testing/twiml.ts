/**
 * Reads the answers of Twilio and Telnyx, which share most of their XML, and the frame of Plivo's.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { badAnswer, callRefused, type WebhookAnswer } from "./simulated_carrier.ts";
import { parseXml, type XmlElement } from "./xml.ts";

const XML_TYPES = ["text/xml", "application/xml"];

/**
 * Reads the verbs of an XML answer.
 *
 * @throws {RunnerError} `bad_answer` for any other answer.
 */
export function readVerbs({ contentType, text }: WebhookAnswer): readonly XmlElement[] {
  if (!XML_TYPES.includes(contentType)) throw badAnswer(`its type is ${contentType}, not XML.`);
  try {
    const root = parseXml(text);
    if (root.name !== "Response") throw badAnswer(`its root is ${root.name}, not Response.`);
    return root.children;
  } catch (error) {
    if (error instanceof RunnerError && error.code === "bad_xml") throw badAnswer(error.message);
    throw error;
  }
}

/**
 * Finds `<Connect><Stream>`.
 *
 * @throws {RunnerError} `call_refused` if there is none.
 */
export function findConnectStream(verbs: readonly XmlElement[]): XmlElement {
  const connect = verbs.find(({ name }) => name === "Connect");
  const stream = connect?.children.find(({ name }) => name === "Stream");
  if (stream) return stream;
  const words = verbs.map(({ name, text }) => `<${name}>${text}`).join(" ");
  throw callRefused(words || "an empty response.");
}

/**
 * Checks the attributes of an element.
 *
 * @throws {RunnerError} `bad_answer` if one is unknown.
 */
export function checkAttributes(element: XmlElement, known: readonly string[]): void {
  for (const name of Object.keys(element.attributes)) {
    if (!known.includes(name)) throw badAnswer(`<${element.name}> has no attribute ${name}.`);
  }
}

/**
 * Reads `<Parameter name value/>`.
 *
 * @throws {RunnerError} `bad_answer` if one lacks its name or value.
 */
export function readParameters(stream: XmlElement): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const child of stream.children) {
    if (child.name !== "Parameter") throw badAnswer(`<Stream> cannot hold <${child.name}>.`);
    checkAttributes(child, ["name", "value"]);
    const { name, value } = child.attributes;
    if (!name || value === undefined) throw badAnswer("a <Parameter> lacks its name or value.");
    parameters[name] = value;
  }
  return parameters;
}

/**
 * Reads the address of a stream.
 *
 * @throws {RunnerError} `bad_answer` if it is not a WebSocket's.
 */
export function readStreamUrl(text: string | undefined): URL {
  const url = URL.parse(text ?? "");
  if (!url || !/^wss?:$/.test(url.protocol)) {
    throw badAnswer(`"${text}" is not the address of a stream.`);
  }
  return url;
}
