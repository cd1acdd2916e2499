import { type Environment, planReleaseLayer, putReleaseLayer, type ReleaseLayer } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { findModel } from "../models/find-model";
import { requirePromoted } from "../models/promotion";
import { loadEnvironment } from "../project/environment";
import { findProject } from "../project/find-project";
import { loadProduct } from "../project/product";
import { confirm } from "../releases/confirm";
import { withSession } from "../session";
import { count } from "../terminal/format";
import { cdk } from "./cdk";

/** Options of `sagewright infra release`. */
interface ReleaseOptions {
  plan?: boolean;
  env?: string;
}

/**
 * `sagewright infra release`: the model's archive, packed for the function that carries it, goes to the bucket; then the serving stack
 * is updated by its parameters. On the embedded cloud, which has no stacks, the update is printed.
 */
export async function releaseCommand(context: CommandContext<ReleaseOptions>, word: string): Promise<ExitCode> {
  const { output, options } = context;
  // Said before anybody has to sign in.
  if (options.env !== undefined) refuseEmbedded(loadEnvironment(context.cwd, options.env), groupIn(word));
  return withSession(
    context,
    async ({ clients, target, environment, place, cloud }) => {
      if (environment === undefined) throw usageError("infra release: which environment?", "add --env NAME");
      const model = await findModel(clients, word);
      await requirePromoted(clients, model, environment.gate);
      const policy = policyOf(context.cwd, model.group);
      const wish = { bucket: target.bucket, modelPackageArn: model.arn, ...(policy === undefined ? {} : { policy }) };
      const layer = await planReleaseLayer(clients, wish);
      const words = deployment(environment.name, layer);
      const { archive: _, ...about } = layer;
      const document = {
        ...about,
        bucket: target.bucket,
        place,
        command: ["cdk", ...words, "-c", `env=${environment.name}`],
      };
      output.line(
        `${layer.present ? "=" : "+"} Object   s3://${target.bucket}/${layer.key} (${count(layer.bytes)} bytes)`,
      );
      output.line(`~ Stack    ${words[1]} with ${layer.group}/${layer.version}`);
      if (options.plan) {
        output.document({ ...document, planned: true });
        output.line("nothing was changed");
        return exitCodes.done;
      }
      if (cloud === undefined && !(await agreed(context, environment, layer))) return exitCodes.interrupted;
      await putReleaseLayer(clients, target.bucket, layer);
      output.document(document);
      if (cloud !== undefined) {
        output.line(`${pc.dim("Next:")} on AWS this follows: npx ${document.command.join(" ")}`);
        return exitCodes.done;
      }
      await update(context, words, environment.name);
      output.line(`${pc.green("✓")} ${words[1]} serves ${layer.group}/${layer.version}`);
      return exitCodes.done;
    },
    { reading: true },
  );
}

/** `churn` of `churn@7`, and of a version's ARN. */
function groupIn(word: string): string {
  return (word.startsWith("arn:") ? word.split("/").at(-2) : word.split("@")[0]) ?? word;
}

function refuseEmbedded({ name, serving }: Environment, group: string): void {
  if (serving.mode !== "embedded") return;
  const problem = `${name} has no endpoint: its function looks its model up, and no stack changes with a release`;
  throw usageError(problem, `sagewright deploy ${group} --env ${name}`);
}

/** The decision policy of the product that trains this group, where there is one of the project. */
function policyOf(cwd: string, group: string): object | undefined {
  const { pipelines } = findProject(cwd);
  if (!pipelines.includes(group)) return undefined;
  const { policy } = loadProduct(cwd, group).product;
  return typeof policy === "object" && policy !== null ? policy : undefined;
}

function deployment(environment: string, layer: ReleaseLayer): string[] {
  const parameters = {
    ModelPackageArn: layer.modelPackageArn,
    ModelVersion: String(layer.version),
    ModelDigest: layer.manifestSha256,
    ModelLayerKey: layer.key,
  };
  const given = Object.entries(parameters).flatMap(([name, value]) => ["--parameters", `${name}=${value}`]);
  return ["deploy", `sagewright-${environment}-serving`, "--exclusively", "--require-approval", "never", ...given];
}

function agreed(context: CommandContext<ReleaseOptions>, { name }: Environment, layer: ReleaseLayer) {
  const reason = `${layer.group}/${layer.version} takes over in ${name}, a tenth of the traffic first`;
  return confirm(context, { subject: layer.group, reason, ask: `${reason}. Release?`, look: "--plan" });
}

async function update(context: CommandContext<ReleaseOptions>, words: readonly string[], env: string): Promise<void> {
  const { code, stderr } = await cdk(context, words, env);
  if (code === 0) return;
  throw new CliError({
    code: "release_failed",
    subject: words[1] ?? env,
    message: "the stack was not updated; what served before serves on",
    why: [...new Set(stderr.trim().split("\n"))].slice(-8).join("\n"),
    fix: "read the stack's events in CloudFormation; then release again",
    exitCode: exitCodes.remote,
  });
}
