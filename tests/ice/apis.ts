/**
 * The APIs that give credentials, which refuse what the real ones refuse. After
 * https://developers.cloudflare.com/realtime/turn/generate-credentials/ and
 * https://www.twilio.com/docs/stun-turn/api.
 */
import type { Host } from "../support/fake_network.ts";

export const CLOUDFLARE = { keyId: "3dbd5d6b", apiToken: "cf-token-5d1c" };
export const TWILIO = { accountSid: `AC${"0".repeat(31)}a`, authToken: "twilio-token-77ab" };
export const TWILIO_KEY = { apiKeySid: `SK${"0".repeat(31)}b`, authToken: "twilio-secret-12cd" };

/** Cloudflare's: the token of the key as a bearer, JSON, and at most 48 hours. */
export function cloudflareApi(): Host {
  let count = 0;
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.headers.get("authorization") !== `Bearer ${CLOUDFLARE.apiToken}`) {
      return Response.json({ error: "Unauthorized" }, { status: 401 });
    }
    const path = `/v1/turn/keys/${CLOUDFLARE.keyId}/credentials/generate-ice-servers`;
    if (pathname !== path) return new Response("not found", { status: 404 });
    if (request.method !== "POST") return new Response(null, { status: 405 });
    if (request.headers.get("content-type") !== "application/json") {
      return new Response(null, { status: 415 });
    }
    const { ttl, ...others } = JSON.parse(await request.text());
    const allowed = Number.isInteger(ttl) && ttl > 0 && ttl <= 172_800;
    if (!allowed || Object.keys(others).some((name) => name !== "customIdentifier")) {
      return Response.json({ error: "Bad Request" }, { status: 400 });
    }
    const iceServers = [
      { urls: ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"] },
      {
        urls: [
          "turn:turn.cloudflare.com:3478?transport=udp",
          "turn:turn.cloudflare.com:53?transport=udp",
          "turns:turn.cloudflare.com:5349?transport=tcp",
        ],
        username: `user-${++count}`,
        credential: "credential",
      },
    ];
    return Response.json({ iceServers }, { status: 201 });
  };
}

/** Twilio's: the login of the account, or of one of its keys, a form, and at most 24 hours. */
export function twilioApi(): Host {
  const problem = (status: number, code: number) => Response.json({ code, status }, { status });
  const logins = [
    `${TWILIO.accountSid}:${TWILIO.authToken}`,
    `${TWILIO_KEY.apiKeySid}:${TWILIO_KEY.authToken}`,
  ].map((login) => `Basic ${btoa(login)}`);
  return async (request) => {
    if (!logins.includes(request.headers.get("authorization") ?? "")) return problem(401, 20003);
    const { pathname } = new URL(request.url);
    if (pathname !== `/2010-04-01/Accounts/${TWILIO.accountSid}/Tokens.json`) {
      return problem(404, 20404);
    }
    if (request.method !== "POST") return problem(405, 20004);
    const type = request.headers.get("content-type") ?? "";
    if (!type.startsWith("application/x-www-form-urlencoded")) return problem(415, 20001);
    const { Ttl = "86400", ...others } = Object.fromEntries(
      new URLSearchParams(await request.text()),
    );
    const allowed = /^\d+$/.test(Ttl) && Number(Ttl) >= 1 && Number(Ttl) <= 86_400;
    if (!allowed || Object.keys(others).length > 0) return problem(400, 20001);
    const login = { username: "dc2d2894", credential: "tE2DajzS" };
    const server = (url: string, more = {}) => ({ url, urls: url, ...more });
    const answer = {
      account_sid: TWILIO.accountSid,
      username: login.username,
      password: login.credential,
      ttl: Ttl,
      ice_servers: [
        server("stun:global.stun.twilio.com:3478"),
        server("turn:global.turn.twilio.com:3478?transport=udp", login),
        server("turn:global.turn.twilio.com:443?transport=tcp", login),
      ],
    };
    return Response.json(answer, { status: 201 });
  };
}
