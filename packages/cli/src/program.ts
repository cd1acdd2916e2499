import { resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import type { Act, CommandModule, GlobalOptions } from "./command";
import { CliError, usageError } from "./errors";
import { type ExitCode, exitCodes } from "./exit-codes";
import { globalOptions, normalised } from "./options/global-options";
import { nearest } from "./project/nearest";
import { placesOf } from "./terminal/command-name";
import { Output } from "./terminal/output";

interface Entry {
  name: string;
  group: string;
  summary: string;
  load: () => CommandModule;
}

const build = "Build";
const run = "Run";
const release = "Release";
const house = "House";

/** Every command, loaded only when it is the one called: `--help` and typos cost no imports. */
export const commands: readonly Entry[] = [
  {
    name: "init",
    group: build,
    summary: "make a contract and a pipeline from a CSV",
    load: () => require("./commands/init"),
  },
  {
    name: "compile",
    group: build,
    summary: "print a pipeline's SageMaker definition",
    load: () => require("./commands/compile"),
  },
  {
    name: "validate",
    group: build,
    summary: "check a definition or a pipeline, all problems at once",
    load: () => require("./commands/validate"),
  },
  {
    name: "graph",
    group: build,
    summary: "draw a pipeline's steps and what each waits for",
    load: () => require("./commands/graph"),
  },
  {
    name: "diff",
    group: build,
    summary: "compare a pipeline with what is deployed, or with a file",
    load: () => require("./commands/diff"),
  },
  {
    name: "import",
    group: build,
    summary: "print the TypeScript for a definition that something else wrote",
    load: () => require("./commands/import"),
  },
  {
    name: "run",
    group: run,
    summary: "run a pipeline for real on this machine, or on AWS",
    load: () => require("./commands/run"),
  },
  {
    name: "runs",
    group: run,
    summary: "list, show, watch, stop and retry runs, read their logs, explain their cache",
    load: () => require("./commands/runs"),
  },
  {
    name: "publish",
    group: release,
    summary: "bring a pipeline to AWS, or to the embedded cloud",
    load: () => require("./commands/publish"),
  },
  {
    name: "cost",
    group: release,
    summary: "estimate a month: endpoint, serverless and embedded side by side",
    load: () => require("./commands/cost"),
  },
  {
    name: "models",
    group: release,
    summary: "list, compare, approve, reject, trace and mirror model versions",
    load: () => require("./commands/models"),
  },
  {
    name: "deploy",
    group: release,
    summary: "put a model version behind an endpoint",
    load: () => require("./commands/deploy"),
  },
  {
    name: "rollback",
    group: release,
    summary: "return an endpoint to the version it served before",
    load: () => require("./commands/rollback"),
  },
  {
    name: "endpoints",
    group: release,
    summary: "list endpoints, show or delete one",
    load: () => require("./commands/endpoints"),
  },
  {
    name: "predict",
    group: release,
    summary: "score customers with a model version",
    load: () => require("./commands/predict"),
  },
  {
    name: "serve",
    group: release,
    summary: "start the prediction API on this machine",
    load: () => require("./commands/serve"),
  },
  {
    name: "keys",
    group: release,
    summary: "who may use the prediction API",
    load: () => require("./commands/keys"),
  },
  {
    name: "audit",
    group: release,
    summary: "check the record of decisions",
    load: () => require("./commands/audit"),
  },
  {
    name: "captures",
    group: release,
    summary: "predictions that the API captured, as a table",
    load: () => require("./commands/captures"),
  },
  {
    name: "monitor",
    group: release,
    summary: "drift and performance of what is served, as a report and as alerts",
    load: () => require("./commands/monitor"),
  },
  {
    name: "retrain",
    group: release,
    summary: "train a new version as the last one was trained",
    load: () => require("./commands/retrain"),
  },
  {
    name: "infra",
    group: release,
    summary: "templates of the CDK app, what they would change, what a month costs; releases",
    load: () => require("./commands/infra"),
  },
  {
    name: "cloud",
    group: house,
    summary: "answer AWS clients over HTTP: boto3, the AWS CLI, the SageMaker SDK",
    load: () => require("./commands/cloud"),
  },
  {
    name: "state",
    group: house,
    summary: "back up, restore and check the local state folder",
    load: () => require("./commands/state"),
  },
  {
    name: "doctor",
    group: house,
    summary: "check Node, Python, the state folder and the disk",
    load: () => require("./commands/doctor"),
  },
];

/** What happened when the command line ran. */
export interface Outcome {
  exitCode: ExitCode;
  error?: unknown;
  output: Output;
}

/**
 * Runs one command line to its end.
 *
 * @param argv the words after `sagewright`
 */
export async function runProgram(argv: readonly string[], signal: AbortSignal): Promise<Outcome> {
  const outcome: Outcome = { exitCode: exitCodes.done, output: outputFor(argv) };
  const act: Act =
    (load) =>
    async (...args: unknown[]) => {
      const command = args.at(-1) as Command;
      const options = command.optsWithGlobals<GlobalOptions>();
      const words = args.slice(0, -2) as string[];
      const cwd = resolve(options.cwd ?? ".");
      const code = await load()({ output: outcome.output, options: options as never, cwd, signal }, ...words);
      outcome.exitCode = code ?? exitCodes.done;
    };
  const words = normalised(argv);
  try {
    const [name, subcommand] = words;
    refuseUnknown(name, commands);
    const top = program(name, act);
    const group = top.commands.find((command) => command.name() === name)?.commands ?? [];
    const known = group.map((command) => ({ name: command.name() }));
    if (known.length > 0) refuseUnknown(subcommand, known, `${name} `);
    await top.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) outcome.error = error;
    else if (error.exitCode === 0) outcome.exitCode = exitCodes.done;
    else if (error.code === "commander.help" && outcome.output.mode === "text") outcome.exitCode = exitCodes.usage;
    else outcome.error = usageOf(error, words);
  }
  return outcome;
}

/** Where and how a command line wants its results. */
export function outputFor(argv: readonly string[]): Output {
  const mode = argv.includes("--json=lines") ? "lines" : argv.includes("--json") ? "json" : "text";
  return new Output({ mode, quiet: argv.includes("--quiet"), places: placesOf(argv) });
}

function refuseUnknown(word: string | undefined, known: readonly { name: string }[], group = ""): void {
  const names = known.map(({ name }) => name);
  if (word === undefined || word.startsWith("-") || names.includes(word)) return;
  const meant = nearest(word, names);
  throw new CliError({
    code: "usage",
    subject: `${group}${word}`,
    message: "there is no such command",
    fix:
      meant === undefined
        ? `sagewright ${group}--help lists the commands`
        : `did you mean: sagewright ${group}${meant}?`,
    exitCode: exitCodes.usage,
  });
}

/** What commander refused, in the form of every other error. */
function usageOf({ message, code }: CommanderError, words: readonly string[]): CliError {
  if (code === "commander.help") return usageError("a command is missing", `${helpOf(words)} lists them`);
  const [problem = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(suggestion ?? "")?.[1];
  return usageError(problem, meant === undefined ? helpOf(words) : `did you mean: ${meant}?`);
}

function helpOf([name = "", subcommand]: readonly string[]): string {
  if (!commands.some((entry) => entry.name === name)) return "sagewright --help";
  const group = ["runs", "models", "endpoints", "keys", "audit", "captures", "monitor"].includes(name);
  return group && subcommand !== undefined && /^[a-z]+$/.test(subcommand)
    ? `sagewright ${name} ${subcommand} --help`
    : `sagewright ${name} --help`;
}

function program(called: string | undefined, act: Act): Command {
  const top = new Command("sagewright")
    .description(
      "Define a pipeline once in TypeScript, run it for real here, ship the identical definition to SageMaker.",
    )
    .version(require("../package.json").version, "--version", "print the version")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", "\nExample:\n  $ sagewright run churn\n\nsagewright help COMMAND explains a command.\n");
  for (const entry of commands) {
    const command = top
      .command(entry.name)
      .summary(entry.summary)
      .description(`${capitalised(entry.summary)}.`)
      .helpCommand(false)
      .helpGroup(`${entry.group}:`);
    if (entry.name !== called) continue;
    entry.load().define(command, act);
    for (const each of [command, ...command.commands]) addGlobals(each);
  }
  return top;
}

function addGlobals(command: Command): void {
  const isGroup = command.commands.length > 0;
  command.optionsGroup("Global options:");
  for (const { flags, description, hidden } of globalOptions) {
    const option = new Option(flags, description);
    command.addOption(hidden === true || isGroup ? option.hideHelp() : option);
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
