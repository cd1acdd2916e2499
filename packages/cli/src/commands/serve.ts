import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { findModel } from "../models/find-model";
import { openModel } from "../models/open-model";
import { startApi } from "../models/prediction-api";
import { portNumber } from "../options/port-number";
import { findProject } from "../project/find-project";
import { loadProduct } from "../project/product";
import { withSession } from "../session";
import { untilAborted } from "../terminal/until-aborted";

/** `sagewright serve`: the prediction API over an approved version. */
export function define(command: Command, act: Act): void {
  command
    .argument("<model>", "group/version, an ARN, or a group for its newest approved version")
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one (default: 8080, or a free one)")
    .addHelpText("after", "\nExample:\n  $ sagewright serve churn --port 8080\n")
    .action(act(serve));
}

async function serve(context: CommandContext<{ port?: string }>, word: string): Promise<undefined> {
  const port = context.options.port === undefined ? {} : { port: portNumber(context.options.port) };
  await withSession(context, async ({ clients }) => {
    const details = await findModel(clients, word);
    const model = await openModel(clients, details.arn);
    const policy = policyOf(context.cwd, details.group);
    const server = await startApi(model, { ...(policy === undefined ? {} : { policy }), ...port });
    context.output.document({ url: server.url, model: details.arn });
    context.output.line(`${pc.green("●")} ${details.group}/${details.version} answers at ${pc.bold(server.url)}`);
    context.output.line(`${pc.dim("docs")}  ${server.url}/docs`);
    context.output.progress("Ctrl-C ends it.");
    await untilAborted(context.signal);
    await server.close();
  });
}

/** The decision policy of the product that the group is named after, if this project has one. */
function policyOf(cwd: string, group: string): unknown {
  return findProject(cwd).pipelines.includes(group) ? loadProduct(cwd, group).product.policy : undefined;
}
