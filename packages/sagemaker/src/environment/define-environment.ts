import type { Target, TrainingPlacement } from "@sagewright/pipeline";
import { EnvironmentError, schemaIssues } from "./issues";
import { crossFieldIssues } from "./rules";
import { type Environment, type EnvironmentInput, environmentSchema } from "./schema";

/**
 * An environment with its defaults filled in, every rule checked.
 *
 * @throws EnvironmentError with every defect: path, value and rule
 * @example
 * export default defineEnvironment({
 *   name: "staging",
 *   account: "111122223333",
 *   region: "eu-central-1",
 *   serving: { mode: "endpoint", autoscaling: { minimum: 2, maximum: 4, targetInvocationsPerInstance: 600 } },
 * });
 */
export function defineEnvironment(input: EnvironmentInput): Environment {
  return readEnvironment(input);
}

/** {@link defineEnvironment} for data of unknown shape, such as a JSON file. Reading a defined one again changes nothing. */
export function readEnvironment(input: unknown): Environment {
  const read = environmentSchema.safeParse(input);
  if (!read.success) throw new EnvironmentError(schemaIssues(read.error, input));
  const issues = crossFieldIssues(read.data);
  if (issues.length > 0) throw new EnvironmentError(issues);
  return read.data;
}

/** What pipelines are compiled for in an environment: names become ARNs here and nowhere else. */
export function environmentTarget(environment: Environment): Target {
  const { account, region, bucket, role } = environment;
  const training = trainingPlacement(environment);
  return {
    account,
    region,
    bucket: bucket ?? `sagewright-${region}-${account}`,
    roleArn: `arn:${partition(region)}:iam::${account}:role/${role}`,
    ...(training === undefined ? {} : { training }),
  };
}

/** Where an environment decides over machines that the steps of a pipeline ask for; undefined where it leaves that to them. */
export function trainingPlacement({ training }: Environment): TrainingPlacement | undefined {
  const { spot, maximumRuntimeSeconds, maximumWaitSeconds } = training;
  if (spot && maximumRuntimeSeconds === undefined && maximumWaitSeconds === undefined) return undefined;
  return {
    ...(spot ? {} : { spot }),
    ...(maximumRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds: maximumRuntimeSeconds }),
    ...(maximumWaitSeconds === undefined ? {} : { maxWaitSeconds: maximumWaitSeconds }),
  };
}

/** AWS's own name for the part of the world a region belongs to. */
function partition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Name of the secret in Secrets Manager that holds the hashed keys of an environment's API. */
export function keysSecretName({ name }: Pick<Environment, "name">): string {
  return `sagewright/${name}/keys`;
}
