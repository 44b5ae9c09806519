/**
 * What every runtime must serve over a real network: one suite, run against each of them.
 */
import { HEALTH } from "./health.ts";
import { BARE, HTTP, PAGE, UPGRADES } from "./http.ts";
import { PHONE } from "./phone.ts";
import { SOCKETS } from "./sockets.ts";
import { UPLOADS } from "./uploads.ts";
import { WEBRTC } from "./webrtc.ts";

/** Behaviours and how to tell, given the address of a server: its origin, and its base path. */
export type Checks = Readonly<Record<string, (url: string) => Promise<void>>>;

/** A server under test, which runs `fixtures/bot.ts`. */
export interface Served extends AsyncDisposable {
  /** The origin, and the base path. */
  readonly url: string;
}

/** What not every runtime can do. */
export interface Abilities {
  /** The page at `/client/`. */
  readonly page: boolean;
  readonly webrtc: boolean;
  /** Whether clients reach the server with nothing in between. */
  readonly bare: boolean;
  /** A body beside `Upgrade`. */
  readonly upgrades: boolean;
}

/** Registers the tests of a runtime. */
export function addTests(
  runtime: string,
  start: () => Promise<Served>,
  { page, webrtc, bare, upgrades }: Abilities,
): void {
  const checks: Checks = {
    ...HEALTH,
    ...HTTP,
    ...(page ? PAGE : {}),
    ...(bare ? BARE : {}),
    ...(upgrades ? UPGRADES : {}),
    ...SOCKETS,
    ...PHONE,
    ...UPLOADS,
    ...(webrtc ? WEBRTC : {}),
  };
  Deno.test(`${runtime} serves what every runtime does`, async (t) => {
    await using server = await start();
    for (const [behaviour, check] of Object.entries(checks)) {
      await t.step(`${runtime}: ${behaviour}`, () => check(server.url));
    }
  });
}
