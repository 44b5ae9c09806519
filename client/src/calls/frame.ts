/** A document of the page's own that nobody sees. */
export interface Frame<Api> {
  /** What its script offers. */
  readonly api: Api;
  remove(): void;
}

/**
 * Opens a document that may reach what this page may not, in a frame. Its script puts what it offers
 * among the frame's globals; `name` is one of them.
 *
 * @throws {TypeError} When it could not be loaded.
 */
export async function openFrame<Api extends object>(
  path: string,
  { title, name }: { readonly title: string; readonly name: keyof Api & string },
): Promise<Frame<Api>> {
  const frame = document.createElement("iframe");
  frame.src = new URL(path, document.baseURI).href;
  frame.title = title;
  frame.className = "hidden";
  frame.tabIndex = -1;
  frame.ariaHidden = "true";
  frame.allow = "microphone; autoplay";
  const { promise: loaded, resolve } = Promise.withResolvers<void>();
  frame.onload = () => resolve();
  document.body.append(frame);
  await loaded;
  const api: Partial<Api> = Object(frame.contentWindow);
  if (api[name]) return { api: api as Api, remove: () => frame.remove() };
  frame.remove();
  throw new TypeError(`Failed to fetch the page's frame for ${title}.`);
}
