/**
 * `call` on the command line: phones a bot from a terminal, without an account.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { encodeWav, parseWav } from "../audio/wav.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import type { TelephonyTransportName } from "../core/bot.ts";
import type { Environment } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { AudioFrame } from "../core/frame.ts";
import { printableLine } from "../core/printable.ts";
import { delay } from "../core/wait.ts";
import { call } from "./call.ts";
import type { Caller } from "./caller.ts";
import { SIMULATED } from "./carriers/mod.ts";

const HELP = `Phones a bot as a phone company does, without an account.

Usage: call <url> [options]

  <url>               where the runner is, such as http://localhost:7860
  --carrier <name>    ${CARRIER_NAMES.join(", ")} (default: twilio)
  --say <file.wav>    says this once the bot is silent; 16-bit PCM
  --press <keys>      then presses these keys, of ${KEYS}
  --record <file.wav> records what is heard
  --from <number>     the caller's number
  --to <number>       the number that is called
  --seconds <n>       hangs up after this long (default: 30)
  --secret <secret>   signs the call: the auth token of Twilio or Plivo, the signature secret of
                      Vonage, USER:PASSWORD of Exotel or Asterisk, a private key of your own for
                      Telnyx. Default: from the environment.

It hangs up when the bot has been silent for three seconds.`;

/** The bot has its say, or a pause, before the caller speaks, in ms. */
const TURN_MS = 1000;
/** Silence after which there is nothing more to wait for, in ms. */
const PATIENCE_MS = 3000;
const POLL_MS = 50;
/** Samples that are louder are no silence. */
const LOUD = 200;

/**
 * Does what the arguments after `call` say.
 *
 * @param environment Where the secrets of the carriers are, if the call is to be signed.
 * @throws {RunnerError} `usage` when the arguments are wrong, those of {@link call}, and
 * `carrier_violations` when the server did what the carrier would not take.
 */
export async function callCommand(
  args: readonly string[],
  environment: Environment = {},
): Promise<void> {
  const options = readOptions(args);
  if (!options) return console.log(HELP);
  const { url, carrier, say } = options;
  const secret = options.secret ?? SIMULATED[carrier].secretOf?.(environment);
  const words = say === undefined ? undefined : parseWav(await readFile(say));
  const print = clockedPrint();

  print(`calling ${url} by way of ${carrier}`);
  const caller = await call(url, {
    carrier,
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(secret === undefined ? {} : { secret }),
  });
  try {
    await talk(caller, { ...options, words, print });
  } finally {
    await caller[Symbol.asyncDispose]();
  }
}

/** What a caller is to do, and where it is told. */
interface Talk extends CommandOptions {
  /** What `say` holds. */
  readonly words: AudioFrame | undefined;
  readonly print: (line: string) => void;
}

/** Says and presses what the caller is to, listens until the bot has no more to say, and hangs up. */
async function talk(caller: Caller, { say, words, press, record, seconds, print }: Talk) {
  print(`connected, call ${caller.callId}`);
  const timer = setTimeout(() => void caller.hangUp(), seconds * 1000);
  const ear = listen(caller, print);
  try {
    if (words) {
      await ear.silent(TURN_MS);
      print(`saying ${say}`);
      await caller.say(words);
    }
    if (press !== undefined) {
      await ear.silent(TURN_MS);
      print(`pressing ${press}`);
      caller.press(press);
    }
    await ear.silent(PATIENCE_MS);
  } finally {
    clearTimeout(timer);
  }
  await caller.hangUp();
  const recording = await ear.recording;
  const { by } = await caller.ended;
  print(by === "server" ? "the bot hung up" : "hung up");
  if (record !== undefined) {
    await writeFile(record, encodeWav(recording));
    const length = recording.samples.length / recording.sampleRate;
    console.log(`Recorded ${length.toFixed(1)} s in ${record}.`);
  }
}

interface Ear {
  /** Resolves when nothing was heard for this long, in ms, or the call is over. */
  silent(ms: number): Promise<void>;
  /** All that was heard, with the pauses, once the call is over. */
  readonly recording: Promise<Omit<AudioFrame, "type">>;
}

/** Records what is heard, and tells when the bot speaks. */
function listen(caller: Caller, print: (line: string) => void): Ear {
  const { sampleRate } = caller;
  let lastHeard = -Infinity;
  let speaking = false;
  let over = false;
  const pieces: AudioFrame[] = [];
  const notice = (loud: boolean) => {
    if (loud) lastHeard = performance.now();
    const spoken = loud || performance.now() - lastHeard < TURN_MS / 2;
    if (spoken !== speaking) print(spoken ? "the bot speaks" : "the bot is silent");
    speaking = spoken;
  };
  const recording = (async () => {
    for await (const piece of caller.heard) {
      pieces.push(piece);
      notice(piece.samples.some((sample) => Math.abs(sample) > LOUD));
    }
    over = true;
    const last = pieces.at(-1);
    const place = ({ timestamp = 0 }: AudioFrame) => Math.round(timestamp * sampleRate / 1000);
    const samples = new Int16Array(last ? place(last) + last.samples.length : 0);
    for (const piece of pieces) samples.set(piece.samples, place(piece));
    return { samples, sampleRate, channels: 1 as const };
  })();
  return {
    recording,
    async silent(ms) {
      const began = performance.now();
      while (!over && performance.now() - Math.max(began, lastHeard) < ms) {
        await delay(POLL_MS);
        notice(false);
      }
    },
  };
}

interface CommandOptions {
  readonly url: URL;
  readonly carrier: TelephonyTransportName;
  readonly say?: string | undefined;
  readonly press?: string | undefined;
  readonly record?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly seconds: number;
  readonly secret?: string | undefined;
}

/** Reads the arguments; undefined when help is asked for. */
function readOptions(args: readonly string[]): CommandOptions | undefined {
  const text = { type: "string" } as const;
  const { values, positionals: [address, ...rest] } = parse({
    args: [...args],
    allowPositionals: true,
    options: {
      carrier: { ...text, short: "c", default: "twilio" },
      say: text,
      press: text,
      record: text,
      from: text,
      to: text,
      seconds: { ...text, default: "30" },
      secret: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const url = URL.parse(address ?? "");
  if (!url || !/^https?:$/.test(url.protocol) || rest.length > 0) {
    throw usage("Name one address to call, such as http://localhost:7860.");
  }
  const carrier = CARRIER_NAMES.find((name) => name === values.carrier);
  if (!carrier) throw usage(`--carrier takes one of ${CARRIER_NAMES.join(", ")}.`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw usage("--seconds takes a number.");
  if (values.press !== undefined && !areKeys(values.press)) {
    throw usage(`--press takes keys of ${KEYS}.`);
  }
  return { ...values, url, carrier, seconds };
}

const parse: typeof parseArgs = (config) => {
  try {
    return parseArgs(config);
  } catch (error) {
    // What parseArgs throws says what is wrong with the arguments.
    throw usage((error as Error).message);
  }
};

function usage(detail: string): RunnerError {
  return new RunnerError("usage", detail);
}

/** Prints lines with the time that has passed. */
function clockedPrint(): (line: string) => void {
  const began = performance.now();
  return (line) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    console.log(`${seconds} s  ${printableLine(line)}`);
  };
}
