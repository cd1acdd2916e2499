import type { Command } from "commander";
import type { Act, CommandContext } from "../command";
import { portNumber } from "../options/port-number";
import { withSession } from "../session";
import { untilAborted } from "../terminal/until-aborted";

/** `sagewright cloud`: the embedded cloud for any AWS client, on loopback. */
export function define(command: Command, act: Act): void {
  command
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one", "4566")
    .addHelpText(
      "after",
      "\nExample:\n  $ sagewright cloud --port 4566\n  $ aws --endpoint-url http://127.0.0.1:4566 sagemaker list-pipelines\n",
    )
    .action(act(serve));
}

async function serve(context: CommandContext<{ port: string }>): Promise<undefined> {
  const port = portNumber(context.options.port);
  await withSession(context, async ({ cloud, stateDir }) => {
    const { url, close } = await cloud.listen({ host: "127.0.0.1", port });
    context.output.document({ url, state: stateDir });
    context.output.line(`S3, SageMaker, its runtime, CloudWatch Logs, Lambda and STS answer at ${url}`);
    context.output.line(
      `export AWS_ENDPOINT_URL=${url} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1`,
    );
    context.output.progress("Ctrl-C ends it; the state stays.");
    await untilAborted(context.signal);
    await close();
  });
}
