/**
 * Files that people write in YAML or JSON.
 *
 * @module
 */

/**
 * Parses a file's text: as JSON if its name says so, else as YAML.
 *
 * @throws What the parser throws for anything else.
 */
export async function parseYamlOrJson(path: string, text: string): Promise<unknown> {
  if (/\.json$/i.test(path)) return JSON.parse(text);
  const { parse } = await import("yaml"); // most runs have no such file
  return parse(text);
}
