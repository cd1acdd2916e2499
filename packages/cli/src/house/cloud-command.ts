import type { Cloud } from "@sagewright/local";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { portNumber } from "../options/port-number";
import { withEmbedded } from "../session";
import { untilAborted } from "../terminal/until-aborted";

/** What the command is told. */
interface CloudCommandOptions {
  port: string;
  clock: string;
  startAt?: string;
}

/** `sagewright cloud`: answers AWS clients until Ctrl-C. */
export async function cloudCommand(context: CommandContext<CloudCommandOptions>): Promise<undefined> {
  const port = portNumber(context.options.port);
  const manualClock = clockOf(context.options);
  const work = async ({ cloud, stateDir }: { cloud: Cloud; stateDir: string }) => {
    const clock = await cloud.clock.read();
    if (manualClock && !clock.manual) throw otherClock(stateDir);
    const { url, close } = await cloud.listen({ host: "127.0.0.1", port });
    context.output.document({ url, state: stateDir, clock: { manual: clock.manual, now: clock.now.toISOString() } });
    context.output.line(
      `S3, SageMaker, its runtime, CloudWatch, EventBridge, SNS, SQS, Lambda, Application Auto Scaling and STS answer at ${url}`,
    );
    context.output.line(
      `export AWS_ENDPOINT_URL=${url} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1`,
    );
    if (clock.manual) {
      context.output.line(
        `It is ${clock.now.toISOString()} until time is advanced: curl -X POST ${url}/_sagewright/clock/advance -d '{"seconds": 3600}'`,
      );
    }
    context.output.progress("Ctrl-C ends it; the state stays.");
    await untilAborted(context.signal);
    await close();
  };
  await withEmbedded(context, work, manualClock && { manualClock });
}

function clockOf({ clock, startAt }: CloudCommandOptions): { startAt?: Date } | undefined {
  if (clock !== "machine" && clock !== "manual") {
    throw usageError(`--clock: '${clock}' is not machine or manual`, "leave it out, or give manual");
  }
  if (startAt === undefined) return clock === "manual" ? {} : undefined;
  const moment = new Date(startAt);
  if (Number.isNaN(moment.getTime())) {
    throw usageError(`--start-at: '${startAt}' is no date and time`, "write it as 2027-01-01T00:00:00Z");
  }
  if (clock !== "manual") throw usageError("--start-at is of use with --clock manual only", "add --clock manual");
  return { startAt: moment };
}

function otherClock(stateDir: string): CliError {
  return new CliError({
    code: "clock_not_manual",
    message: `${stateDir} is held by another process, and that one goes by the machine's clock`,
    fix: "end it, or name another folder with --state",
    exitCode: exitCodes.environment,
  });
}
