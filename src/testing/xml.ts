/**
 * Reads the XML that answers a webhook, strictly.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text between the children, trimmed. */
  readonly text: string;
}

const NAME = /[A-Za-z_][\w.-]*/y;
const SPACE = /\s+/y;
const DECLARATION = /<\?xml\s[^?]*\?>/y;
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/y;
const ATTRIBUTE_VALUE = /"[^"<]*"|'[^'<]*'/y;
const TEXT = /[^<]+/y;
/** What is not a character of XML 1.0, not even as an entity. */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * Parses a document without DTD, namespaces and CDATA, which no carrier's answer needs.
 *
 * @throws {RunnerError} `bad_xml`, with the place, if it is not well-formed.
 */
export function parseXml(text: string): XmlElement {
  let at = 0;
  const fail = (what: string): never => {
    throw new RunnerError("bad_xml", `The XML has ${what} at character ${at}.`);
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const expect = (literal: string): void => {
    if (!text.startsWith(literal, at)) fail(`no ${literal}`);
    at += literal.length;
  };
  const skip = () => {
    while (match(SPACE) ?? match(COMMENT));
  };
  const unescape = (raw: string): string =>
    raw.replace(/&([^;&\s]*)(;?)/g, (_, entity: string, end: string) => {
      const code = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(entity);
      const character = code
        ? decode(code[1] ? parseInt(code[1], 16) : Number(code[2]))
        : ENTITIES[entity];
      return end && character ? character : fail("a bare & or an unknown entity");
    });

  if (NO_CHARACTER.test(text)) fail("a control character");

  const element = (): XmlElement => {
    expect("<");
    const name = match(NAME) ?? fail("no name of an element");
    const attributes: Record<string, string> = {};
    while (match(SPACE)) {
      const attribute = match(NAME);
      if (attribute === undefined) break;
      expect("=");
      const value = match(ATTRIBUTE_VALUE) ?? fail("no value of an attribute");
      if (Object.hasOwn(attributes, attribute)) fail(`${attribute} twice`);
      attributes[attribute] = unescape(value.slice(1, -1));
    }
    if (text.startsWith("/>", at)) {
      at += 2;
      return { name, attributes, children: [], text: "" };
    }
    expect(">");
    const children: XmlElement[] = [];
    let content = "";
    while (!text.startsWith("</", at)) {
      if (at >= text.length) fail(`no end of ${name}`);
      if (match(COMMENT)) continue;
      const words = match(TEXT);
      if (words === undefined) children.push(element());
      else content += unescape(words);
    }
    expect(`</${name}`);
    match(SPACE);
    expect(">");
    return { name, attributes, children, text: content.trim() };
  };

  match(DECLARATION);
  skip();
  const root = element();
  skip();
  if (at < text.length) fail("something after its end");
  return root;
}

function decode(code: number): string | undefined {
  const character = code <= 0x10ffff ? String.fromCodePoint(code) : "";
  return character === "" || NO_CHARACTER.test(character) ? undefined : character;
}
