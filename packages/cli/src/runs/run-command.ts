import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { freePort } from "../options/free-port";
import { portNumber } from "../options/port-number";
import { chosenDefinition, loadProduct } from "../project/product";
import { withSession } from "../session";
import { readyPython } from "./ready-python";
import { runExitCode, runResult } from "./result";
import { runPipeline } from "./run-pipeline";
import { printRun } from "./summary";

interface RunOptions {
  contract?: string;
  data?: string;
  set?: string[];
  resume?: boolean;
  serve?: boolean;
  exit?: boolean;
  port?: string;
}

/** `sagewright run`: the pipeline to its end and, with `--serve`, on to a served model. */
export async function runCommand(context: CommandContext<RunOptions>, name: string): Promise<ExitCode> {
  const { output, options, cwd, signal } = context;
  const started = performance.now();
  const port = options.port === undefined ? {} : { port: await freePort(portNumber(options.port)) };
  const parameters = parseParameters(options.set ?? []);
  const chosen = loadProduct(cwd, name, options.contract);
  const definition = chosenDefinition(chosen);
  await readyPython((line) => output.progress(line));
  return withSession(context, async (session) => {
    const finished = await runPipeline({
      chosen,
      definition,
      session,
      output,
      signal,
      cwd,
      ...(options.data === undefined ? {} : { data: options.data }),
      parameters,
      resume: options.resume === true,
    });
    const result = runResult(finished);
    await printRun(output, finished, result, { session, cwd, next: !options.serve });
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
