import type { Command } from "commander";
import type { Act, CommandContext } from "../command";
import { usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { freePort } from "../options/free-port";
import { portNumber } from "../options/port-number";
import { loadProduct } from "../project/product";
import { runExitCode, runResult } from "../runs/result";
import { runPipeline } from "../runs/run-pipeline";
import { printRun } from "../runs/summary";
import { withSession } from "../session";

interface RunOptions {
  contract?: string;
  data?: string;
  set: string[];
  resume?: boolean;
  serve?: boolean;
  exit?: boolean;
  port?: string;
}

/** `sagewright run`: the whole pipeline for real on this machine; with `--serve`, on to a served model and a prediction. */
export function define(command: Command, act: Act): void {
  command
    .argument("<name>", "a pipeline under pipelines/, or a pipeline file")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--data <file.csv>", "the customers to learn from (default: the product's own)")
    .option("--set <parameter=value>", "a pipeline parameter; repeatable", collect, [])
    .option("--resume", "go on with the newest run instead of starting one")
    .option("--serve", "then approve, deploy, start the prediction API and predict one customer")
    .option("--exit", "with --serve: end after the prediction instead of staying up")
    .option("--port <number>", "with --serve: port of the prediction API (default: 8080, or a free one)")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright run churn\n  $ sagewright run churn --contract bank --data bank.csv --set MinimumAuc=0.84 --json\n",
    )
    .action(act(run));
}

function collect(value: string, all: string[]): string[] {
  return [...all, value];
}

async function run(context: CommandContext<RunOptions>, name: string): Promise<ExitCode> {
  const { output, options, cwd, signal } = context;
  const started = performance.now();
  const port = options.port === undefined ? {} : { port: await freePort(portNumber(options.port)) };
  const parameters = parseParameters(options.set);
  const chosen = loadProduct(cwd, name, options.contract);
  return withSession(context, async (session) => {
    const finished = await runPipeline({
      chosen,
      session,
      output,
      signal,
      cwd,
      ...(options.data === undefined ? {} : { data: options.data }),
      parameters,
      resume: options.resume === true,
    });
    const result = runResult(finished);
    await printRun(output, finished, result, session, { next: !options.serve });
    if (runExitCode(result) === exitCodes.done && options.serve) {
      const { serveModel } = require("../models/serve-model") as typeof import("../models/serve-model");
      await serveModel({
        session,
        chosen,
        result,
        report: finished.report,
        output,
        signal,
        ...port,
        stay: !options.exit,
        started,
      });
    }
    output.document(result);
    return runExitCode(result);
  });
}

function parseParameters(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw usageError(`--set: '${pair}' is not of the form Parameter=value`, "for example: --set MinimumAuc=0.85");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
