/**
 * What may be answered to a hostile request, and what may not.
 */
import { SaxesParser } from "saxes";
import type { Outcome } from "./fuzz_sender.ts";

/** Answers above 499 that are meant. */
const MEANT = [
  "no_credentials", // Telnyx's commands without TELNYX_API_KEY
  "no_udp_port", // more calls than ports
  "overloaded", // more than the machine can do
  "store_full", // more sessions than are promised a place
];
/** Errors in the log that are meant for whoever runs carriers without TLS, or without a key, as the fuzzer does. */
const MEANT_ERRORS = [
  "{carrier} is told to stream to {url}, but carriers stream only to wss:",
  "{method} {path} failed: {error} RunnerError: To command calls of telnyx, set TELNYX_API_KEY",
];
/** What the answer to a webhook may consist of. */
const ELEMENTS = ["Response", "Connect", "Stream", "Parameter", "Say", "Speak", "Reject", "Hangup"];

/** What is wrong with an answer; undefined when nothing is. */
export function judgeAnswer(status: Outcome["status"], body: string): string | undefined {
  if (status === "no answer") return "no answer";
  if (typeof status !== "number") return undefined;
  if (body.includes("root:x:0")) return "a file outside the folder was served";
  if (status < 300 && body.startsWith("<?xml")) return judgeXml(body);
  if (status < 500) return undefined;
  const code = /"(?:code|status)":"(\w+)"/.exec(body)?.[1] ?? "";
  // A HEAD has no body to tell why.
  if (MEANT.includes(code) || (status === 503 && body === "")) return undefined;
  return `${status} ${code} ${body.slice(0, 200)}`;
}

/** Looks whether a caller's words have become elements, or another address, in an answer. */
function judgeXml(xml: string): string | undefined {
  const faults: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => void faults.push(error.message));
  parser.on("opentag", ({ name, attributes }) => {
    if (!ELEMENTS.includes(name)) faults.push(`the element ${name}`);
    const { url } = attributes;
    if (url !== undefined && !/^wss?:\/\/[^/]+\/ws\/[\da-f]{48}$/.test(url)) {
      faults.push(`the address ${url}`);
    }
  });
  parser.write(xml).close();
  return faults.length > 0 ? `${faults.join(", ")} in ${xml.slice(0, 300)}` : undefined;
}

/** Whether a record of the log at `error` tells of a fault. */
export function isFault(message: string): boolean {
  return !MEANT_ERRORS.some((meant) => message.startsWith(meant));
}
