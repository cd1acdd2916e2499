import { resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import type { Act, CommandModule, GlobalOptions } from "./command";
import { type ExitCode, exitCodes } from "./exit-codes";
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
    name: "run",
    group: run,
    summary: "run a pipeline for real on this machine",
    load: () => require("./commands/run"),
  },
  {
    name: "runs",
    group: run,
    summary: "list runs, show one, read its logs, explain its cache",
    load: () => require("./commands/runs"),
  },
  {
    name: "models",
    group: release,
    summary: "list, show, approve and reject model versions",
    load: () => require("./commands/models"),
  },
  {
    name: "deploy",
    group: release,
    summary: "put a model version behind an endpoint",
    load: () => require("./commands/deploy"),
  },
  {
    name: "endpoints",
    group: release,
    summary: "list endpoints, show one, delete one",
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
    name: "cloud",
    group: house,
    summary: "answer AWS clients over HTTP: boto3, the AWS CLI, the SageMaker SDK",
    load: () => require("./commands/cloud"),
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
  const outcome: Outcome = { exitCode: exitCodes.done, output: outputFor(jsonMode(argv), argv.includes("--quiet")) };
  const act: Act =
    (work) =>
    async (...args: unknown[]) => {
      const command = args.at(-1) as Command;
      const options = command.optsWithGlobals<GlobalOptions>();
      const words = args.slice(0, -2) as string[];
      const cwd = resolve(options.cwd);
      const code = await work({ output: outcome.output, options: options as never, cwd, signal }, ...words);
      outcome.exitCode = code ?? exitCodes.done;
    };
  try {
    // `--json=lines` becomes a flag of its own, so that `--json` never swallows the word after it.
    const words = argv.map((word) => (word === "--json=lines" ? "--json-lines" : word));
    await program(argv[0], act).parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) outcome.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    else outcome.error = error;
  }
  return outcome;
}

function jsonMode(argv: readonly string[]): boolean | "lines" {
  if (argv.includes("--json=lines")) return "lines";
  return argv.includes("--json");
}

function outputFor(json: boolean | "lines", quiet: boolean): Output {
  return new Output({ mode: json === "lines" ? "lines" : json ? "json" : "text", quiet });
}

function program(called: string | undefined, act: Act): Command {
  const top = new Command("sagewright")
    .description(
      "Define a pipeline once in TypeScript, run it for real here, ship the identical definition to SageMaker.",
    )
    .version(require("../package.json").version, "--version", "print the version")
    .helpCommand("help [command]", "explain a command")
    .showHelpAfterError("(sagewright --help lists the commands)")
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText("after", "\nExample:\n  $ sagewright run churn\n");
  for (const entry of commands) {
    const command = top
      .command(entry.name)
      .summary(entry.summary)
      .description(`${capitalised(entry.summary)}.`)
      .helpGroup(`${entry.group}:`);
    if (entry.name !== called && called !== "help") continue;
    entry.load().define(command, act);
    for (const each of [command, ...command.commands]) addGlobals(each);
  }
  return top;
}

function addGlobals(command: Command): void {
  if (command.commands.length > 0) return;
  command
    .optionsGroup("Global options:")
    .addOption(new Option("--json", "print one JSON document; --json=lines prints events before it"))
    .addOption(new Option("--json-lines").hideHelp())
    .addOption(new Option("--quiet", "no progress"))
    .addOption(new Option("--verbose", "say more: log lines, and stacks of errors"))
    .addOption(new Option("--no-color", "no colours (also NO_COLOR=1)"))
    .addOption(new Option("--cwd <folder>", "work in this folder").default(process.cwd(), "here"))
    .addOption(new Option("--state <folder>", "keep state here instead of .sagewright"))
    .addOption(new Option("--yes", "answer yes to every question"))
    .addOption(new Option("--no-input", "never ask"));
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
