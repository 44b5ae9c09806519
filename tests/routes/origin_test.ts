import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import type { RunnerOptions } from "../../src/runner_options.ts";
import { fakePeers } from "../support/fake_peers.ts";

const PAGE = "https://app.test";
const PUBLIC = "https://bot.example.com";

/** Starts a session, as a page of an origin does, or as what is no page. */
async function start(
  origin: string | undefined,
  options: RunnerOptions = {},
  address = "http://bot.test",
): Promise<Response> {
  const runner = createRunner(() => {}, { webrtc: fakePeers(), ...options });
  const headers = { ...(origin === undefined ? {} : { origin }) };
  return await runner.fetch(
    new Request(`${address}/start`, { method: "POST", headers, body: "{}" }),
  );
}

async function outcome(...visit: Parameters<typeof start>): Promise<number | string> {
  const response = await start(...visit);
  const { code } = await response.json();
  return response.status === 403 ? code : response.status;
}

Deno.test("without a public address only own and loopback pages may use a runner", async () => {
  for (
    const origin of [
      undefined,
      "http://bot.test",
      "https://bot.test", // TLS ends in front
      "http://localhost:5173",
      "https://localhost",
      "http://app.localhost:3000",
      "http://127.0.0.1:8000",
      "http://127.9.9.9",
      "http://[::1]:5173",
    ]
  ) assert.equal(await outcome(origin), 200, origin);
  for (
    const origin of [
      "https://evil.test",
      "http://bot.test:81",
      "http://bot.test.evil.test",
      "http://localhost.evil.test",
      "http://127.0.0.1.evil.test",
      "http://evil.test/localhost",
      "null",
      "file://",
      "chrome-extension://abcdef",
      "",
      "nonsense",
    ]
  ) assert.equal(await outcome(origin), "origin_not_allowed", origin);
});

Deno.test("with a public address any page may, but not with credentials", async () => {
  const response = await start("https://anywhere.test", { publicUrl: PUBLIC });

  assert.equal(response.status, 200);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("access-control-allow-credentials"), null);
});

Deno.test("a list lets its pages in, with credentials; and with a public address no others", async () => {
  const response = await start(PAGE, { allowedOrigins: [`${PAGE}/`] });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("access-control-allow-origin"), PAGE);
  assert.equal(response.headers.get("access-control-allow-credentials"), "true");
  assert.match(response.headers.get("vary") ?? "", /origin/i);

  const options = { allowedOrigins: [PAGE], publicUrl: PUBLIC };
  assert.equal(await outcome(PAGE, options), 200);
  assert.equal(await outcome(PUBLIC, options), 200);
  assert.equal(await outcome("http://localhost:5173", options), "origin_not_allowed");
  assert.equal(await outcome("https://evil.test", options), "origin_not_allowed");
  assert.equal(await outcome("https://evil.test", { allowedOrigins: ["*"] }), 200);
  assert.equal(await outcome("null", { allowedOrigins: ["*"] }), 200);
});

Deno.test("a page cannot make its own name one of the runner's", async () => {
  const at = (address: string, options: RunnerOptions) => outcome(address, options, address); // the page is where it believes the runner to be

  for (const allowedOrigins of [[], [PAGE]]) {
    for (const publicUrl of allowedOrigins.length > 0 ? [undefined, PUBLIC] : [undefined]) {
      const options = {
        allowedHosts: ["own.test", "*.below.test"],
        allowedOrigins,
        ...(publicUrl ? { publicUrl } : {}),
      };
      for (const name of ["rebound.test", "own.test.evil.test", "below.test", "xbelow.test"]) {
        assert.equal(await at(`http://${name}:7860`, options), "host_not_allowed", name);
        assert.equal(await outcome(undefined, options, `http://${name}`), "host_not_allowed");
      }
      for (
        const name of [
          "localhost",
          "LOCALHOST.",
          "bot.localhost",
          "127.0.0.1",
          "[::1]",
          "192.168.1.20",
          "[fe80::1]",
          "own.test",
          "OWN.test.",
          "a.b.below.test",
        ]
      ) assert.equal(await at(`http://${name}:7860`, options), 200, name);
      if (publicUrl) assert.equal(await at(publicUrl, options), 200);
    }
  }
});

Deno.test("a load balancer may ask by any name how the runner is", async () => {
  const runner = createRunner(() => {}, { allowedHosts: [] });

  for (const path of ["/livez", "/readyz"]) {
    assert.equal((await runner.fetch(new Request(`http://pod-7.test${path}`))).status, 200);
  }
  assert.equal((await runner.fetch(new Request("http://pod-7.test/status"))).status, 403);
});

Deno.test("a proxy that is trusted knows the names, and says which origin is the runner's own", async () => {
  const runner = createRunner(() => {}, { allowedHosts: [], trustProxy: true });
  const ask = (origin: string) =>
    runner.fetch(
      new Request("http://internal.test/status", {
        headers: { origin, "x-forwarded-host": "bot.test", "x-forwarded-proto": "https" },
      }),
    );

  assert.equal((await ask("https://bot.test")).status, 200);
  assert.equal((await ask("https://evil.test")).status, 403);
});

Deno.test("what a page embeds is judged by the page, though it sends no origin", async () => {
  const runner = createRunner(() => {});
  const get = async (headers: Record<string, string>) =>
    (await runner.fetch(new Request("http://localhost:7860/status", { headers }))).status;
  const image = { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" };

  assert.equal(await get(image), 403);
  assert.equal(await get({ ...image, referer: "https://evil.test/" }), 403);
  assert.equal(await get({ ...image, "sec-fetch-dest": "iframe" }), 403);
  assert.equal(await get({ ...image, referer: "http://127.0.0.1:5173/" }), 200);
  assert.equal(await get({ ...image, "sec-fetch-site": "same-origin" }), 200);
  assert.equal(await get({ ...image, "sec-fetch-dest": "document" }), 200); // a link
});

Deno.test("a carrier's socket is for no page elsewhere, public address or not", async () => {
  for (const options of [{}, { publicUrl: PUBLIC }]) {
    const runner = createRunner(() => {}, options);
    const ask = async (origin?: string) => {
      const headers = { ...(origin === undefined ? {} : { origin }) };
      const response = await runner.fetch(new Request("http://localhost/ws/t", { headers }));
      return response.status;
    };

    assert.equal(await ask("https://evil.test"), 403);
    assert.equal(await ask("null"), 403);
    // These come as far as to be told to upgrade.
    assert.equal(await ask(), 426);
    assert.equal(await ask("http://localhost"), 426);
    assert.equal(await ask("http://localhost:5173"), 426);
  }
});

Deno.test("a refusal names the option that lets the page in, and is no answer for the page", async () => {
  const page = await start("https://evil.test");
  const name = await start(undefined, { allowedHosts: [] }, "http://rebound.test");

  assert.match((await page.json()).detail, /--allowed-origins https:\/\/evil\.test/);
  assert.equal(page.headers.get("access-control-allow-origin"), null);
  assert.match((await name.json()).detail, /--allowed-hosts rebound\.test/);
});

Deno.test("an error carries the CORS headers, so that a page can read it and when to come back", async () => {
  const runner = createRunner(() => {});
  const response = await runner.fetch(
    new Request("http://bot.test/start", {
      method: "POST",
      headers: { origin: "http://localhost:5173" },
      body: "{",
    }),
  );

  assert.equal(response.status, 400);
  assert.equal(response.headers.get("access-control-allow-origin"), "http://localhost:5173");
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /x-session-id/i);
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /retry-after/i);
});

Deno.test("what no page has sent, and no cache keeps, is answered without CORS headers", async () => {
  await using runner = createRunner(() => {}, { webrtc: fakePeers(), allowedOrigins: [PAGE] });
  const headers = async (method: string, path: string, headers: Record<string, string>) => {
    const init = { method, headers, ...(method === "POST" ? { body: "{}" } : {}) };
    const response = await runner.fetch(new Request(`http://bot.test${path}`, init));
    await response.body?.cancel();
    const { headers: answered } = response;
    return [answered.get("access-control-allow-origin"), answered.get("vary")];
  };

  assert.deepEqual(await headers("POST", "/start", {}), [null, null]);
  assert.deepEqual(await headers("POST", "/start", { origin: PAGE }), [PAGE, "Origin"]);
  assert.deepEqual(await headers("GET", "/status", {}), [null, "Origin"]); // a cache may keep it
});

Deno.test("a preflight allows PATCH, DELETE and the headers that are asked for", async () => {
  const runner = createRunner(() => {});
  const response = await runner.fetch(
    new Request("http://bot.test/api/offer", {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:5173",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,x-custom",
      },
    }),
  );

  assert.ok(response.ok);
  assert.match(response.headers.get("access-control-allow-methods") ?? "", /PATCH.*DELETE/);
  assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/i);
  assert.match(response.headers.get("access-control-allow-headers") ?? "", /x-custom/i);
});

Deno.test("files of the folder are shared with no other origin, and hidden ones with nobody", async () => {
  const opened: string[] = [];
  const runner = createRunner(() => {}, {
    files: {
      open(path) {
        opened.push(path);
        const body = new Blob(["x"]).stream();
        return Promise.resolve({ name: "a.txt", size: 1, body });
      },
    },
  });
  const get = async (path: string, origin?: string) =>
    await runner.fetch(
      new Request(`http://localhost/files/${path}`, { headers: origin ? { origin } : {} }),
    );

  const own = await get("a.txt", "http://localhost:5173");
  assert.equal(own.status, 200);
  assert.equal(own.headers.get("access-control-allow-origin"), null);
  assert.equal(own.headers.get("cross-origin-resource-policy"), "same-origin");
  await own.body?.cancel();
  assert.equal((await get("a.txt", "https://evil.test")).status, 403);
  for (
    const path of [
      ".env",
      "%2eenv",
      "sub/.git/config",
      "sub%2f.env",
      "sub%5c.env",
      ".well-known/x",
      "a/%2e%2e/%2eenv",
    ]
  ) assert.equal((await get(path)).status, 404, path);
  assert.deepEqual(opened, ["a.txt"]);
});
