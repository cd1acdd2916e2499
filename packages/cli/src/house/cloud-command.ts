import type { CommandContext } from "../command";
import { portNumber } from "../options/port-number";
import { withEmbedded } from "../session";
import { untilAborted } from "../terminal/until-aborted";

/** `sagewright cloud`: answers AWS clients until Ctrl-C. */
export async function cloudCommand(context: CommandContext<{ port: string }>): Promise<undefined> {
  const port = portNumber(context.options.port);
  await withEmbedded(context, async ({ cloud, stateDir }) => {
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
