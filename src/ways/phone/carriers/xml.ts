/**
 * A builder of XML that escapes all it is given.
 *
 * @module
 */

/** A finished piece of XML; a plain string is text, and is escaped. */
export interface Xml {
  readonly markup: string;
}

/** Makes an element of attributes and children, in the order given. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Xml | string)[]
): Xml {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value)}"`);
  const inner = children.map((child) => typeof child === "string" ? escape(child) : child.markup);
  return { markup: `<${name}${head.join("")}>${inner.join("")}</${name}>` };
}

/** Writes the document of which the element is the root. */
export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${root.markup}`;
}

/** Makes the HTTP answer of which the element is the root. */
export function xmlResponse(root: Xml): Response {
  return documentResponse(xmlDocument(root));
}

/** Makes the HTTP answer with a document that is written. */
export function documentResponse(document: string): Response {
  return new Response(document, { headers: { "content-type": "application/xml" } });
}

/** What XML 1.0 has no way to write, not even escaped. */
// deno-lint-ignore no-control-regex -- these are the characters to find
const IMPOSSIBLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // A parser turns these into spaces inside an attribute unless they are escaped.
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escape(text: string): string {
  return text.toWellFormed().replace(IMPOSSIBLE, "\ufffd").replace(
    /[&<>"'\t\n\r]/g,
    (character) => ENTITIES[character] ?? "",
  );
}
