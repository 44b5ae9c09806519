/**
 * Chromium for tests: found or installed, with a microphone made of a WAV file, and shut off from
 * every host but this one.
 *
 * @module
 */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** What the browser's microphone does. */
export type FakeMicrophone =
  /** Plays a WAV file, over and over. */
  | Uint8Array
  /** The user says no. */
  | "denied"
  /** There is none. */
  | "missing";

/** A browser; its pages close with its scope. */
export interface TestBrowser extends AsyncDisposable {
  /**
   * Opens a page with storage of its own. `dark`, `phone` and `size` choose how it is shown.
   */
  open(url: string, look?: Look): Promise<TestPage>;
}

/** How a page is shown. */
export interface Look {
  readonly dark?: boolean;
  /** In CSS pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly touch?: boolean;
}

/** A page, and what it did. */
export interface TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The origins that the page sent requests to. */
  readonly origins: ReadonlySet<string>;
  /** The addresses that the page asked for, in order. */
  readonly requests: readonly string[];
  /** Uncaught errors, and what was written to the console as an error. */
  readonly errors: readonly string[];
}

/** The browsers of this test file, by what their microphone does: to start one takes a second. */
const running = new Map<string, Promise<Browser>>();
const folders: string[] = [];

/** Closes all browsers; of a test file this is done after its last test. */
export async function closeBrowsers(): Promise<void> {
  for (const browser of running.values()) await (await browser).close();
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
}

Deno.test.afterAll(closeBrowsers);

/**
 * A Chromium without a window.
 *
 * @param hosts Names that lead to 127.0.0.1; all others lead nowhere.
 */
export async function launchChromium(
  microphone: FakeMicrophone,
  hosts: readonly string[] = [],
): Promise<TestBrowser> {
  const heard = typeof microphone === "string" ? microphone : await digest(microphone);
  const key = [heard, ...hosts].join(" ");
  const launched = running.get(key) ?? launch(microphone, hosts);
  running.set(key, launched);
  const browser = await launched;
  const contexts: BrowserContext[] = [];
  return {
    async open(url, look = {}) {
      const context = await browser.newContext({
        colorScheme: look.dark ? "dark" : "light",
        viewport: look.size ?? { width: 1280, height: 800 },
        ...(look.touch ? { hasTouch: true, isMobile: true } : {}),
      });
      contexts.push(context);
      const page = await context.newPage();
      const origins = new Set<string>();
      const requests: string[] = [];
      const errors: string[] = [];
      context.on("request", (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol === "data:" || protocol === "blob:") return;
        origins.add(origin);
        requests.push(request.url());
      });
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      await page.goto(url);
      return { page, context, origins, requests, errors };
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
    },
  };
}

async function launch(
  microphone: FakeMicrophone,
  hosts: readonly string[],
): Promise<Browser> {
  const executablePath = await findChromium();
  const folder = await Deno.makeTempDir({ prefix: "chromium-" });
  folders.push(folder);
  return await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage", // containers have little of it
      "--autoplay-policy=no-user-gesture-required",
      // Not even a name is looked up.
      `--host-resolver-rules=${
        [...hosts.map((host) => `MAP ${host} 127.0.0.1`), "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"]
          .join(", ")
      }`,
      ...(await microphoneArguments(microphone, folder)),
    ],
  });
}

async function digest(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toHex();
}

async function microphoneArguments(
  microphone: FakeMicrophone,
  folder: string,
): Promise<string[]> {
  switch (microphone) {
    case "missing":
      return ["--use-fake-ui-for-media-stream", "--disable-audio-input"];
    case "denied":
      return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream=deny",
      ];
    default: {
      await Deno.writeFile(`${folder}/microphone.wav`, microphone);
      return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-audio-capture=${folder}/microphone.wav`,
      ];
    }
  }
}

/** Where Chromium and Chrome usually are, on Linux, macOS and Windows. */
const USUAL_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/**
 * Finds Chromium, or installs it.
 *
 * @throws {Error} When there is none and none can be installed.
 */
export async function findChromium(): Promise<string> {
  const told = Deno.env.get("CHROMIUM_PATH");
  if (told) {
    if (await exists(told)) return told;
    throw new Error(`CHROMIUM_PATH is ${told}, but no file is there.`);
  }
  const found = await installedChromium();
  if (found) return found;
  console.log(
    "The browser tests need Chromium and there is none: installing it.",
  );
  const debian = Deno.build.os === "linux" && Deno.uid() === 0 &&
    (await run("apt-get", "--version"));
  if (debian) {
    await run("apt-get", "update");
    await run(
      "apt-get",
      "install",
      "-y",
      "--no-install-recommends",
      "chromium",
    );
  } else {
    await run("npx", "-y", "playwright-core", "install", "chromium");
  }
  const installed = await installedChromium();
  if (installed) return installed;
  throw new Error(
    "The browser tests need Chromium; it was not found and could not be installed. " +
      "Install Chromium or Chrome, or set CHROMIUM_PATH to its executable.",
  );
}

async function installedChromium(): Promise<string | undefined> {
  const windows = Deno.build.os === "windows";
  const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
  const onPath = folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`));
  for (const path of [...USUAL_PATHS, ...onPath, chromium.executablePath()]) {
    if (await exists(path)) return path;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // not there, or not to be looked at
  }
}

async function run(
  command: string,
  ...args: readonly string[]
): Promise<boolean> {
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const { success } = await new Deno.Command(command, {
      args: [...args],
      env,
    }).output();
    return success;
  } catch {
    return false; // no such program
  }
}
