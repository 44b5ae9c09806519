/**
 * The text of `--help`, for a terminal of 80 columns.
 *
 * @module
 */
import type { Option } from "./option.ts";
import { COMMAND, OPTION_GROUPS, spelling } from "./options.ts";
import type { Style } from "./style.ts";

const COLUMNS = 80;
/** Where the text about an option begins. */
const INDENT = 32;

/** What to type, and what it does. */
const EXAMPLES: readonly (readonly [arguments_: string, does: string])[] = [
  ["bot.ts --open", "runs a bot and opens the page to talk to it"],
  ["demo", "runs a bot that needs no keys"],
  ["bot.ts -t twilio -x mybot.ngrok.io", "takes Twilio's calls, through a tunnel"],
  ["call http://localhost:7860", "phones a running bot (call --help)"],
  ["dial +15551234567", "has it phone somebody (dial --help)"],
];

/**
 * The text of `--help`.
 *
 * @param bot Whether the command line names a bot file: it does not if the program is the bot.
 */
export function helpText(bot: boolean, style: Style): string {
  const command = bot ? `${COMMAND} [bot.ts]` : "deno run -A your_bot.ts";
  const groups = OPTION_GROUPS.map(({ title, options }) =>
    [style("bold", title), ...options.map(rowOf)].join("\n")
  );
  return [
    `Usage: ${command} [options] [the bot's own flags]`,
    "Runs a voice bot for browsers, phones and rooms.",
    ...(bot ? [BOT, [style("bold", "Examples"), ...EXAMPLES.map(exampleOf)].join("\n")] : []),
    ...groups,
    FLAGS,
    VARIABLES,
  ].join("\n\n");
}

const BOT = paragraph(
  "The bot file exports a function bot, and an app if it has its own routes. Default: ./bot.ts.",
);
const FLAGS = paragraph(
  "A flag that the runner does not know goes to the bot, in args.cliArgs: --voice anna --fast " +
    'becomes { voice: "anna", fast: true }. After -- every flag is the bot\'s.',
);
const VARIABLES = paragraph(
  "A name in brackets is the option's environment variable; set it to true or false if the " +
    "option takes no value. The option wins over the variable, and a variable that is set wins " +
    "over .env.",
);

function exampleOf([given, does]: (typeof EXAMPLES)[number]): string {
  return `  ${COMMAND} ${given}\n      ${does}`;
}

/** An option, what it does, and its variable. */
function rowOf(option: Option): string {
  const label = `  ${option.short ? "" : "    "}${spelling(option)}`;
  const named = "variable" in option && !option.opposite ? ` [${option.variable}]` : "";
  const opposite = "variable" in option && option.opposite ? ` [${option.variable}=false]` : "";
  const lines = wrap(`${option.help}${named}${opposite}`, COLUMNS - INDENT);
  const fits = label.length < INDENT - 1;
  return [
    ...(fits ? [] : [label]),
    ...lines.map((line, at) => {
      return `${(at === 0 && fits ? label : "").padEnd(INDENT)}${line}`;
    }),
  ].join("\n");
}

function paragraph(text: string): string {
  return wrap(text, COLUMNS).join("\n");
}

/** Breaks a text into lines of this many characters, between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
