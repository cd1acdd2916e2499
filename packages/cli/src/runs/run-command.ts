import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { mirrorFinishedRun } from "../mlflow/mirror-finished";
import { mlflowAccess } from "../mlflow/mlflow-client";
import type { CloudOptions } from "../options/cloud-options";
import { freePort } from "../options/free-port";
import { portNumber } from "../options/port-number";
import { wholeNumber } from "../options/whole-number";
import { chosenDefinition, loadProduct } from "../project/product";
import { isAws, type Session, withSession } from "../session";
import { wantsOnDemand } from "./on-demand";
import { readyPython } from "./ready-python";
import { runExitCode, runResult } from "./result";
import { beginRun, finishRun, type RunRequest } from "./run-pipeline";
import { printStarted } from "./started";
import { printRun } from "./summary";

interface RunOptions extends CloudOptions {
  contract?: string;
  data?: string;
  set?: string[];
  from?: string;
  only?: string[];
  source?: string;
  parallel?: string;
  token?: string;
  resume?: boolean;
  detach?: boolean;
  onDemand?: boolean;
  mlflow?: string;
  serve?: boolean;
  lifetimeValue?: string;
  exit?: boolean;
  port?: string;
}

/** `sagewright run`: the pipeline to its end and, with `--serve`, on to a served model. */
export async function runCommand(context: CommandContext<RunOptions>, name: string): Promise<ExitCode> {
  const { output, options, cwd, signal } = context;
  const started = performance.now();
  const asked = startOptions(options);
  refuseElsewhere(options);
  const port = options.port === undefined ? {} : { port: await freePort(portNumber(options.port)) };
  const mlflow = options.mlflow === undefined ? undefined : mlflowAccess(options.mlflow, process.env);
  const chosen = loadProduct(cwd, name, options.contract);
  const definition = chosenDefinition(chosen);
  if (!isAws(options)) await readyPython((line) => output.progress(line));
  return withSession(context, async (session) => {
    const serving = await servedBeside(session, options);
    const executionArn = await beginRun({ chosen, definition, session, output, cwd, ...asked });
    if (options.detach) return printStarted(output, session, executionArn);
    const onDemand = options.onDemand !== false && wantsOnDemand(session);
    const finished = await finishRun(session, executionArn, { output, signal, onDemand });
    const result = runResult(finished);
    if (mlflow !== undefined)
      await mirrorFinishedRun(mlflow, {
        clients: session.clients,
        executionArn: result.execution,
        output,
      });
    const product = chosen.product.name;
    await printRun(output, finished, result, { session, cwd, product, next: !options.serve });
    if (runExitCode(result) === exitCodes.done && options.serve) {
      const { serveModel } = require("../models/serve-model") as typeof import("../models/serve-model");
      const { report } = finished;
      const stay = !options.exit;
      await serveModel({ session, chosen, result, report, output, signal, ...port, ...serving, stay, started });
    }
    output.document(result);
    return runExitCode(result);
  });
}

/** The lifetime-value model to serve beside, opened before the run so that a wrong name is told at once. */
async function servedBeside({ clients }: Session, { serve, lifetimeValue }: RunOptions) {
  if (lifetimeValue === undefined) return {};
  if (!serve) throw usageError("--lifetime-value means something with --serve", "add --serve, or leave it out");
  const { openValueModel } = require("../models/open-model") as typeof import("../models/open-model");
  return { lifetimeValue: await openValueModel(clients, lifetimeValue) };
}

function startOptions(options: RunOptions): Omit<RunRequest, "chosen" | "definition" | "session" | "output" | "cwd"> {
  const { data, from, only, source, token } = options;
  const parallel =
    options.parallel === undefined ? {} : { parallel: wholeNumber("--parallel", options.parallel, { minimum: 1 }) };
  if (source !== undefined && from === undefined && only === undefined)
    throw usageError("--source means something with --from or --only", "say which steps to run: --from STEP");
  return {
    ...(data === undefined ? {} : { data }),
    ...(from === undefined ? {} : { from }),
    ...(only === undefined ? {} : { only }),
    ...(source === undefined ? {} : { source }),
    ...(token === undefined ? {} : { token }),
    ...parallel,
    parameters: parseParameters(options.set ?? []),
    resume: options.resume === true,
  };
}

/** What only one of the two clouds can do. */
function refuseElsewhere(options: RunOptions): void {
  if (options.detach && !isAws(options))
    throw usageError(
      "--detach: on the embedded cloud a run lives as long as its command",
      "leave it out, or use --env",
    );
  if (options.detach && options.mlflow !== undefined)
    throw usageError("--mlflow: a run that is left is not awaited", "bring it later with: sagewright models mirror");
  if (options.serve && isAws(options))
    throw usageError("--serve is for the embedded cloud", "run it, then: sagewright deploy MODEL --env NAME");
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
