/**
 * Where a route of a runner is, by the address that people give: that of the runner, of one of its bots,
 * of their page, or of the route itself.
 *
 * @module
 */

/**
 * The address of a route. What the address has of a path stays in front of it: a base path, or the
 * name of a bot.
 *
 * @param url Where the runner is, such as `http://localhost:7860/sales`.
 * @param route The first word of the route, such as `twilio`. An address that ends with it, or with it
 * and a token, is the route's own.
 */
export function routeAddress(url: URL, route: string): URL {
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const address = new URL(url);
  if (parts.slice(-2).includes(route)) return address;
  if (parts.at(-1) === PAGE) parts.pop();
  address.pathname = [...parts, route].join("/");
  return address;
}

/** The path of the page, whose address is the one that a runner prints. */
const PAGE = "client";
