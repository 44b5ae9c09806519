import { addTests } from "./contract/mod.ts";
import { serveWithDeno } from "./hosts.ts";

addTests("deno", serveWithDeno, { page: true, webrtc: true });
