/**
 * The address of a socket beside a page: the runner may know itself by another name, or by another
 * path, where a proxy takes one off.
 *
 * @param base The address of the page.
 */
export function ownSocket(address: string, base: string): string {
  const { pathname, search } = new URL(address);
  const [own = pathname] = /\/ws(-client)?(\/[^/]*)?$/.exec(pathname) ?? [];
  const url = new URL(`..${own}${search}`, base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
