import { addTests } from "./contract/mod.ts";
import {
  type Installed,
  installPackage,
  serveWithBun,
  serveWithDeno,
  serveWithNode,
  serveWithWorkerd,
} from "./hosts.ts";

/** Installed when it is first needed, and removed with the process. */
const place: { installed?: Promise<Installed> } = {};
const installed = () => place.installed ??= installPackage();

addTests("deno", serveWithDeno, { page: true, webrtc: true });
addTests("node", async () => await serveWithNode(await installed()), { page: true, webrtc: true });
addTests("bun", async () => await serveWithBun(await installed()), { page: true, webrtc: true });
addTests("workers", async () => await serveWithWorkerd(await installed()), {
  page: false,
  webrtc: false,
});

Deno.test("the package that was installed is removed", async () => {
  await (await installed())[Symbol.asyncDispose]();
});
