import { compile } from "@sagewright/pipeline";
import {
  applyPublication,
  type PublicationPlan,
  type PublishOptions,
  type PublishRequest,
  planPublication,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { defects } from "../project/defects";
import { chosenDefinition, loadProduct } from "../project/product";
import { type Session, withSession } from "../session";
import { count, moment, plural } from "../terminal/format";
import { neededStatements } from "./caller-policy";
import { confirm } from "./confirm";
import { diffLines } from "./diff-text";
import { refusing } from "./refusal";
import type { TargetOptions } from "./release-target";

/** Options of `sagewright publish`. */
export interface PublishCommandOptions extends TargetOptions {
  dryRun?: boolean;
  force?: boolean;
}

/** `sagewright publish`: the code that is missing, then the pipeline when it differs. */
export async function publishCommand(
  context: CommandContext<PublishCommandOptions>,
  name: string,
): Promise<ExitCode | undefined> {
  const { output, options } = context;
  const chosen = loadProduct(context.cwd, name, options.contract);
  const definition = chosenDefinition(chosen);
  return withSession(context, async (session) => {
    const { target } = session;
    const compiled = defects(chosen.file, () => compile(definition, target));
    const statements = neededStatements(compiled, target);
    const plan = await refusing(session.place, { statements }, () =>
      planPublication(session.clients, compiled, publication(session)),
    );
    for (const line of planLines(plan)) output.line(line);
    if (options.dryRun) {
      for (const request of plan.requests) output.line(requestText(request));
      output.line(`${plural(plan.requests.length, "request")} would be sent to ${session.place}; nothing was changed`);
      output.document({
        ...facts(plan, compiled.name, session.place),
        dryRun: true,
        requests: plan.requests.map(wire),
      });
      return exitCodes.done;
    }
    if (plan.foreign && !options.force) throw foreign(compiled.name, plan);
    if (!(await agreed(context, plan, compiled.name))) return exitCodes.interrupted;
    const { pipelineArn, uploaded, change, version } = await refusing(session.place, { statements }, () =>
      applyPublication(session.clients, plan),
    );
    output.document({
      ...facts(plan, compiled.name, session.place),
      dryRun: false,
      pipelineArn,
      version: version ?? null,
      uploaded,
    });
    const sent = `${plural(uploaded.objects, "object")} sent (${count(uploaded.bytes)} bytes), ${plan.present} there already`;
    output.line(
      `${pc.green("✓")} ${compiled.name} ${change}${version === undefined ? "" : `, version ${version},`} on ${session.place}; code: ${sent}`,
    );
    return exitCodes.done;
  });
}

/** How the pipeline shall stand: for its role, and as the environment says. */
function publication({ target, environment }: Session): PublishOptions {
  const parallelism = environment?.pipeline.parallelism;
  return {
    roleArn: target.roleArn,
    bucket: target.bucket,
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(environment === undefined ? {} : { tags: environment.tags }),
  };
}

function planLines({ change, diff, deployed }: PublicationPlan): string[] {
  if (diff === undefined || change === "unchanged") return [];
  if (diff.same)
    return [
      `the definition means the same; its text, the role or the parallelism changes (role was ${deployed?.RoleArn})`,
    ];
  return diffLines(diff);
}

/** The difference has been printed; overwriting it takes a word of its own. */
function foreign(pipeline: string, { deployed }: PublicationPlan): CliError {
  const by = deployed?.LastModifiedBy?.UserProfileName;
  const when = deployed?.LastModifiedTime === undefined ? "" : `, changed ${moment(deployed.LastModifiedTime)}`;
  return new CliError({
    code: "pipeline_changed",
    subject: pipeline,
    message: "what is deployed was not published from here; nothing was overwritten",
    why: `its definition has no record in the bucket${when}${by === undefined ? "" : ` by ${by}`}`,
    fix: `see what would go with: sagewright diff; overwrite it with: --force`,
    exitCode: exitCodes.invalid,
  });
}

async function agreed(
  context: CommandContext<PublishCommandOptions>,
  { diff, change }: PublicationPlan,
  pipeline: string,
): Promise<boolean> {
  const lost = change === "updated" ? (diff?.losesCache ?? []).map(({ step }) => step) : [];
  if (lost.length === 0) return true;
  const verb = lost.length === 1 ? "loses its cache" : "lose their cache";
  const go = await confirm(context, {
    subject: pipeline,
    reason: `${lost.join(", ")} ${verb}`,
    ask: `${lost.join(", ")} will run again. Publish?`,
  });
  if (!go) context.output.progress("nothing was changed");
  return go;
}

function facts({ change, diff, present, foreign }: PublicationPlan, pipeline: string, cloud: string): object {
  return { pipeline, cloud, change, present, foreign, diff: diff ?? null };
}

/** A request without the bytes of its body. */
function wire({ operation, input }: PublishRequest): object {
  return { operation, input };
}

function requestText(request: PublishRequest): string {
  switch (request.operation) {
    case "CreateBucket":
      return `CreateBucket    s3://${request.input.Bucket}`;
    case "PutObject":
      return `PutObject       s3://${request.input.Bucket}/${request.input.Key} (${count(request.input.ContentLength)} bytes)`;
    default: {
      const { PipelineDefinition, ...rest } = request.input;
      const size =
        PipelineDefinition === undefined
          ? {}
          : { PipelineDefinition: `${count(PipelineDefinition.length)} characters` };
      return `${request.operation.padEnd(15)} ${JSON.stringify({ ...rest, ...size })}`;
    }
  }
}
