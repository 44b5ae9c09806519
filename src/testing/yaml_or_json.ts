/**
 * Files that people write in YAML or JSON.
 *
 * @module
 */

/**
 * What the text of a file says: JSON where its name ends so, else YAML.
 *
 * @throws What the parser throws when it is neither.
 */
export async function parseYamlOrJson(path: string, text: string): Promise<unknown> {
  if (/\.json$/i.test(path)) return JSON.parse(text);
  const { parse } = await import("yaml"); // most runs have no such file
  return parse(text);
}
