/**
 * nginx in front of some processes, one after the other, with no memory of sessions.
 *
 * @module
 */
import { unpacked } from "../debian.ts";

/** A balancer whose processes may come and go. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Sends requests to these ports from now on, in turn. */
  use(ports: readonly number[]): Promise<void>;
}

/** Starts nginx on a port, as one does in front of a runner: it passes by what does not answer. */
export async function startBalancer(port: number, ports: readonly number[]): Promise<Balancer> {
  const folder = await Deno.makeTempDir({ prefix: "nginx-" });
  const config = `${folder}/nginx.conf`;
  const write = (ports: readonly number[]) => Deno.writeTextFile(config, configure(port, ports));
  await write(ports);
  const path = await unpacked("nginx", "usr/sbin/nginx");
  const child = new Deno.Command(path, {
    args: ["-p", folder, "-c", config, "-e", `${folder}/error.log`, "-g", "daemon off;"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(port);
  return {
    url: `http://127.0.0.1:${port}`,
    async use(ports) {
      await write(ports);
      child.kill("SIGHUP");
      await new Promise((resolve) => setTimeout(resolve, 200)); // until its workers have changed
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function configure(port: number, ports: readonly number[]): string {
  const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=5s;`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path temp_${name};`);
  return `
    worker_processes 1;
    pid nginx.pid;
    events { worker_connections 2048; }
    http {
      ${temporary.join("\n      ")}
      access_log off;
      map $http_upgrade $connection_upgrade { default upgrade; "" close; }
      upstream runners { ${servers.join(" ")} }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://runners;
          proxy_http_version 1.1;
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-Proto http;
          proxy_set_header X-Forwarded-Host $http_host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $connection_upgrade;
          proxy_connect_timeout 1s;
          proxy_read_timeout 60s;
          proxy_next_upstream error timeout;
        }
        location ~ ^/(start|readyz|twilio|telnyx|plivo|exotel|vonage)$ {
          proxy_pass http://runners;
          proxy_http_version 1.1;
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-Proto http;
          proxy_set_header X-Forwarded-Host $http_host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_connect_timeout 1s;
          proxy_read_timeout 1s;
          proxy_next_upstream error timeout non_idempotent;
        }
      }
    }`;
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  throw new Error(`nginx does not listen on port ${port}`);
}
