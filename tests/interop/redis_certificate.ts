/**
 * A server of Redis that speaks TLS, and the authority that its clients have to know.
 *
 * @module
 */
import { join } from "node:path";
import { folderWith } from "../cli/child.ts";
import { run } from "../runtimes/hosts.ts";
import { freePort, startRedis } from "./redis_server.ts";

/** A server with a certificate for `localhost`. */
export interface TlsRedis extends AsyncDisposable {
  readonly url: string;
  /** The file of the authority's certificate. */
  readonly authority: string;
}

/** Makes a certificate, and starts a server with it, and with further arguments. */
export async function startTlsRedis(more: readonly string[] = []): Promise<TlsRedis> {
  const folder = await folderWith({ "names.txt": "subjectAltName=DNS:localhost\n" });
  const { path } = folder;
  const openssl = (args: string) => run("openssl", args.split(" "), path);
  await openssl(
    "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca",
  );
  await openssl("req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN=localhost");
  const signed = "-req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2";
  await openssl(`x509 ${signed} -extfile names.txt -out cert.pem`);
  const port = freePort();
  const files = ["--tls-cert-file", `${path}/cert.pem`, "--tls-key-file", `${path}/key.pem`];
  const args = ["--tls-port", `${port}`, "--tls-auth-clients", "no", ...files, ...more];
  const server = await startRedis("redis", { args });
  return {
    url: `rediss://localhost:${port}`,
    authority: join(path, "ca.pem"),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
