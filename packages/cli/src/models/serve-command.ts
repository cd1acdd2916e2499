import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { portNumber } from "../options/port-number";
import { findProject } from "../project/find-project";
import { loadProduct } from "../project/product";
import { withSession } from "../session";
import { untilAborted } from "../terminal/until-aborted";
import { findModel } from "./find-model";
import { openModel } from "./open-model";
import { startApi } from "./prediction-api";

/** Options of `sagewright serve`. */
export interface ServeOptions {
  port?: string;
  keys?: boolean;
  capture?: string;
}

/** `sagewright serve`: the prediction API until Ctrl-C. */
export async function serveCommand(context: CommandContext<ServeOptions>, word: string): Promise<undefined> {
  const { keys, capture } = context.options;
  const asked = {
    ...(context.options.port === undefined ? {} : { port: portNumber(context.options.port) }),
    ...(keys === true ? { keys } : {}),
    ...(capture === undefined ? {} : { capture: share("--capture", capture) }),
  };
  await withSession(
    context,
    async ({ clients, stateDir }) => {
      const details = await findModel(clients, word);
      const model = await openModel(clients, details.arn);
      const policy = policyOf(context.cwd, details.group);
      const server = await startApi(model, { stateDir, ...(policy === undefined ? {} : { policy }), ...asked });
      context.output.document({ url: server.url, model: details.arn, keyed: server.keyed });
      context.output.line(`${pc.green("●")} ${details.group}/${details.version} answers at ${pc.bold(server.url)}`);
      context.output.line(`${pc.dim("docs")}  ${server.url}/docs`);
      if (server.keyed) context.output.line(`${pc.dim("keys")}  needed; make one with: sagewright keys create NAME`);
      context.output.progress("Ctrl-C ends it.");
      await untilAborted(context.signal);
      await server.close();
    },
    { reading: true },
  );
}

/** Reads a share. @throws CliError `usage` when it is not between 0 and 1 */
function share(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw usageError(`${option}: '${text}' is not between 0 and 1`, `for example: ${option} 0.1`);
}

/** The decision policy of the product that the group is named after, if this project has one. */
function policyOf(cwd: string, group: string): unknown {
  return findProject(cwd).pipelines.includes(group) ? loadProduct(cwd, group).product.policy : undefined;
}
