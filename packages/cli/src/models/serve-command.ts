import pc from "picocolors";
import type { CommandContext } from "../command";
import { portNumber } from "../options/port-number";
import { findProject } from "../project/find-project";
import { loadProduct } from "../project/product";
import { withSession } from "../session";
import { untilAborted } from "../terminal/until-aborted";
import { findModel } from "./find-model";
import { openModel } from "./open-model";
import { startApi } from "./prediction-api";

/** `sagewright serve`: the prediction API until Ctrl-C. */
export async function serveCommand(context: CommandContext<{ port?: string }>, word: string): Promise<undefined> {
  const port = context.options.port === undefined ? {} : { port: portNumber(context.options.port) };
  await withSession(
    context,
    async ({ clients }) => {
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
    },
    { reading: true },
  );
}

/** The decision policy of the product that the group is named after, if this project has one. */
function policyOf(cwd: string, group: string): unknown {
  return findProject(cwd).pipelines.includes(group) ? loadProduct(cwd, group).product.policy : undefined;
}
