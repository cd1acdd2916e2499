import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Parameter,
  type Stack,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { planReleaseLayer, putReleaseLayer } from "../release-layer";
import { type ApprovalOutcome, type ApprovedVersion, ignored, REPLACED } from "./approved-version";

/** Approved versions are released by an update of the stack that serves them, with the template that it has. */
export interface StackApproval {
  readonly group: string;
  /** What is released, for the log. */
  readonly endpoint: string;
  /** Name of the stack; its parameters are {@link ReleaseParameters}. */
  readonly stack: string;
  /** Bucket for what functions carry of a model. */
  readonly bucket: string;
  /** Decision policy that functions carry beside it. @default the usual one */
  readonly policy?: object;
}

/** What a serving stack is told of the model. */
export interface ReleaseParameters {
  readonly ModelPackageArn: string;
  readonly ModelVersion: string;
  readonly ModelDigest: string;
  readonly ModelLayerKey: string;
}

/** Clients of {@link releaseApproved}. */
export type ReleaseClients = Pick<Clients, "sagemaker" | "s3"> & {
  readonly cloudformation: Pick<CloudFormationClient, "send">;
};

/**
 * Gives a serving stack its approved version, as `aws cloudformation update-stack` with the former template and other parameters
 * would; CloudFormation shifts traffic while alarms watch, and turns back by itself. A stack that is being updated is waited for, one
 * that turned this version back is left as it is.
 *
 * @throws OperationError as `planReleaseLayer`; what CloudFormation refuses for good
 */
export async function releaseApproved(
  clients: ReleaseClients,
  { arn, version, approvedBy, approvedAt, approval, acted }: ApprovedVersion,
  { endpoint, stack, bucket, policy }: StackApproval,
): Promise<ApprovalOutcome> {
  const known = { version, endpoint, approvedBy, approvedAt };
  const found = await describedStack(clients, stack);
  const status = found.StackStatus ?? "";
  const served = found.Parameters?.find(({ ParameterKey: key }) => key === "ModelPackageArn")?.ParameterValue;
  if (/_IN_PROGRESS$/.test(status)) {
    return served === arn
      ? { outcome: "under_way", change: "updated", ...known }
      : { outcome: "postponed", because: `the stack ${stack} is ${status}`, ...known };
  }
  if (served === arn) return { outcome: "deployed", change: "unchanged", ...known };
  const token = `approved-${approval}`;
  if (acted || (await actedOn(clients, stack, token))) {
    return status.includes("ROLLBACK")
      ? { outcome: "turned_back", because: `CloudFormation turned the stack ${stack} back: ${status}`, ...known }
      : ignored(endpoint, REPLACED, known);
  }
  const layer = await planReleaseLayer(clients, {
    ...{ bucket, modelPackageArn: arn },
    ...(policy === undefined ? {} : { policy }),
  });
  await putReleaseLayer(clients, bucket, layer);
  const parameters: ReleaseParameters = {
    ModelPackageArn: arn,
    ModelVersion: String(layer.version),
    ModelDigest: layer.manifestSha256,
    ModelLayerKey: layer.key,
  };
  await clients.cloudformation.send(
    new UpdateStackCommand({
      StackName: stack,
      UsePreviousTemplate: true,
      Parameters: changed(found, parameters),
      Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
      ClientRequestToken: token,
    }),
  );
  return { outcome: "under_way", change: served === NONE ? "created" : "updated", ...known };
}

/** Value of the parameters before the first release. */
const NONE = "none";

/** Whether a serving stack has been given a version; not while there is no such stack. */
export async function hasRelease(clients: Pick<ReleaseClients, "cloudformation">, name: string): Promise<boolean> {
  const found = await findStack(clients, name);
  const served = found?.Parameters?.find(({ ParameterKey: key }) => key === "ModelPackageArn")?.ParameterValue;
  return served !== undefined && served !== NONE;
}

async function findStack(
  { cloudformation }: Pick<ReleaseClients, "cloudformation">,
  StackName: string,
): Promise<Stack | undefined> {
  try {
    return (await cloudformation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    // CloudFormation says so of no other error.
    if (error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist"))
      return undefined;
    throw error;
  }
}

async function describedStack(clients: ReleaseClients, name: string): Promise<Stack> {
  const found = await findStack(clients, name);
  if (found !== undefined) return found;
  throw new OperationError("endpoint_unknown", `There is no stack ${name}. Deploy it first: cdk deploy ${name}.`, {
    facts: { stack: name },
  });
}

/** Whether this approval has updated the stack before and was cut off then: events of the stack carry the token of the update. */
async function actedOn({ cloudformation }: ReleaseClients, StackName: string, token: string): Promise<boolean> {
  let next: string | undefined;
  do {
    const { StackEvents = [], NextToken } = await cloudformation.send(
      new DescribeStackEventsCommand({ StackName, ...(next === undefined ? {} : { NextToken: next }) }),
    );
    if (StackEvents.some(({ ClientRequestToken }) => ClientRequestToken === token)) return true;
    next = NextToken;
  } while (next !== undefined);
  return false;
}

/** Every parameter that the stack has: the model's anew, the others as they are. */
function changed({ Parameters = [] }: Stack, release: ReleaseParameters): Parameter[] {
  const others = Parameters.flatMap(({ ParameterKey }) =>
    ParameterKey === undefined || ParameterKey in release ? [] : [{ ParameterKey, UsePreviousValue: true }],
  );
  const own = Object.entries(release).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  return [...others, ...own];
}
