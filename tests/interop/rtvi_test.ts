/**
 * RTVI, judged by Pipecat's own models: field by field, and both ways.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseClientMessage } from "../../src/rtvi/parse.ts";
import { RTVI_LABEL, RTVI_VERSION } from "../../src/rtvi/protocol.ts";
import { ROOT } from "../cli/child.ts";
import { python } from "./python.ts";
import { realMessages } from "./real_session.ts";
import { sampleMessages } from "./rtvi_samples.ts";

interface Made {
  readonly type: string;
  readonly data?: unknown;
}

/** What `rtvi_models.py` writes. */
interface Judgement {
  readonly version: string;
  readonly judged: readonly {
    readonly type: string;
    readonly problem: string | null;
    readonly unknown: readonly string[];
  }[];
  readonly made: { readonly client: readonly Made[]; readonly server: readonly Made[] };
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** What we send beside what the models know: the name of `error` that client-js had before. */
const OURS = ["error.data.message"];

const messages = sampleMessages();
const asking = judge(messages);

async function judge(messages: readonly unknown[]): Promise<Judgement> {
  const { success, stdout, stderr } = await python(
    ["rtvi_models.py"],
    JSON.stringify({ messages }),
  );
  assert.ok(success, stderr);
  return JSON.parse(stdout);
}

Deno.test("we speak the version that Pipecat speaks", async () => {
  assert.equal(RTVI_VERSION, (await asking).version);
});

Deno.test("Pipecat's models take every message that we send, and know all its fields", async () => {
  const { judged, fields } = await asking;

  const rows = new Map<string, { count: number; verdict: string[] }>();
  for (const { type, problem, unknown } of judged) {
    const row = rows.get(type) ?? { count: 0, verdict: [] };
    row.count++;
    if (problem !== null) row.verdict.push(problem);
    row.verdict.push(
      ...unknown.filter((field) => !OURS.includes(`${type}${field}`))
        .map((field) => `${field} is unknown to Pipecat`),
    );
    rows.set(type, row);
  }
  for (const [type, row] of rows) {
    const sent = messages.filter((message) => message.type === type).map(({ data }) => data);
    row.verdict.push(
      ...(fields[type] ?? []).filter((path) => !has(sent, path.split(".").slice(1)))
        .map((path) => `${path} is never sent`),
    );
  }
  table("bot to client, as we send it", rows);
  assert.deepEqual([...rows].filter(([, { verdict }]) => verdict.length > 0), []);
});

Deno.test("Pipecat's models take all that a real session sends", async () => {
  const sent = await realMessages();

  const { judged } = await judge(sent);

  const rows = countTypes(judged);
  for (const { type, problem, unknown } of judged) {
    if (problem !== null) rows.get(type)!.verdict.push(problem);
    rows.get(type)!.verdict.push(...unknown.filter((field) => !OURS.includes(`${type}${field}`)));
  }
  table("bot to client, in a real session", rows);
  assert.deepEqual([...rows].filter(([, { verdict }]) => verdict.length > 0), []);
  assert.ok(rows.size >= 15, `only ${[...rows.keys()]}`);
});

Deno.test("every message that Pipecat's bots send has a type here", async () => {
  const { made } = await asking;
  const folder = await Deno.makeTempDir();
  const file = join(folder, "made.ts");
  const from = join(ROOT, "src/rtvi/server_messages.ts");
  const lines = made.server.map(({ type, data }, at) => {
    const value = data === undefined ? "undefined" : JSON.stringify(data);
    return `export const m${at}: RtviServerData[${JSON.stringify(type)}] = ${value};`;
  });
  await Deno.writeTextFile(
    file,
    `import type { RtviServerData } from ${JSON.stringify(from)};\n${lines.join("\n")}\n`,
  );

  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", join(ROOT, "deno.json"), file],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(folder, { recursive: true });

  table("bot to client, as Pipecat makes it", countTypes(made.server));
  assert.ok(success, new TextDecoder().decode(stderr));
});

Deno.test("every message that Pipecat's clients make is read here, and nothing of it is lost", async () => {
  const { made } = await asking;

  const rows = countTypes(made.client);
  for (const { type, data } of made.client) {
    const parsed = parseClientMessage({ id: "1", label: RTVI_LABEL, type, data });
    const row = rows.get(type)!;
    if (parsed?.kind !== "message") row.verdict.push(parsed?.error ?? "not RTVI");
    else {
      const read = filled(parsed.message.data);
      const sent = filled(type === "send-file" ? withForm(data) : data);
      if (JSON.stringify(read) !== JSON.stringify(sent)) row.verdict.push(JSON.stringify(data));
    }
  }

  table("client to bot, as Pipecat makes it", rows);
  assert.deepEqual([...rows].filter(([, { verdict }]) => verdict.length > 0), []);
});

/** Whether a field is in any of these values. */
function has(values: readonly unknown[], [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return values.length > 0;
  const inner = values.flat().flatMap((value) =>
    typeof value === "object" && value !== null && name in value
      ? [(value as Record<string, unknown>)[name]]
      : []
  );
  return has(inner, rest);
}

/** The same without fields that are null, which stand for fields that are missing, in order. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined)
    .sort(([one], [other]) => one < other ? -1 : 1);
  return Object.fromEntries(entries.map(([name, inner]) => [name, filled(inner)]));
}

/** A file whose source is called what it is, which Pipecat's models do not ask for. */
function withForm(data: unknown): unknown {
  const { file, ...rest } = data as { file: { source: object } };
  const type = "bytes" in file.source ? "bytes" : "url";
  return { ...rest, file: { ...file, source: { ...file.source, type } } };
}

type Rows = Map<string, { count: number; verdict: string[] }>;

function countTypes(made: readonly Made[]): Rows {
  const rows: Rows = new Map();
  for (const { type } of made) {
    const row = rows.get(type) ?? { count: 0, verdict: [] };
    row.count++;
    rows.set(type, row);
  }
  return rows;
}

function table(title: string, rows: Rows): void {
  console.log(`\nRTVI ${RTVI_VERSION}, ${title}`);
  for (
    const [type, { count, verdict }] of [...rows].sort(([one], [other]) => one < other ? -1 : 1)
  ) {
    const said = verdict.length > 0 ? verdict.join("; ") : "ok";
    console.log(`  ${type.padEnd(32)} ${String(count).padStart(3)}  ${said}`);
  }
}
