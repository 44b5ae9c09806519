/** Asks the runner what it can do; undefined when it does not answer. */
export async function askStatus(): Promise<readonly string[] | undefined> {
  try {
    const response = await fetch(new URL("../status", document.baseURI), { cache: "no-store" });
    const { transports }: { transports?: unknown } = await response.json();
    if (!Array.isArray(transports)) return undefined;
    return transports.filter((name) => typeof name === "string");
  } catch {
    return undefined; // gone, or no runner
  }
}
