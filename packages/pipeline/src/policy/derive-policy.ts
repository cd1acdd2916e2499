import type { Json, PipelineDefinition } from "../definition";
import { allSteps } from "../reading/nested-steps";
import { stepKinds } from "../steps/registry";
import type { Target } from "../target";
import { networkActions } from "./network-actions";
import { type FoundText, known, textsIn } from "./texts";

/** One IAM statement. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An IAM policy document. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** What an execution role needs, and what could not be worked out. */
export interface DerivedPolicy {
  readonly policy: PolicyDocument;
  /** S3 locations known only at a start: parameters without default and without a value given here. */
  readonly unknown: readonly { readonly path: string; readonly text: string }[];
}

/**
 * The least that the execution role of a pipeline needs: the S3 prefixes it reads and writes, the SageMaker calls of its
 * kinds of step, passing its roles to SageMaker, its images, its functions and queues, and its logs.
 * @param parameters values that starts will give; defaults count for the others
 */
export function derivePolicy(
  definition: PipelineDefinition,
  target: Pick<Target, "region" | "account">,
  parameters: Readonly<Record<string, Json>> = {},
): DerivedPolicy {
  const defaults = Object.fromEntries(
    (definition.Parameters ?? []).map((spec) => [spec.Name, spec.DefaultValue as Json]),
  );
  const values = { ...defaults, ...parameters };
  const texts = textsIn(definition).map((found) => {
    const { text: prefix, whole } = known(found.value, values);
    return { ...found, prefix, whole };
  });
  const statements = [
    ...s3(texts),
    ...calls(definition, target, groupsIn(texts)),
    ...passRole(texts),
    ...images(texts),
    ...statement("Functions", ["lambda:InvokeFunction"], matching(texts, /\.FunctionArn$/, /^arn:[^:]+:lambda:.*/)),
    ...statement("Queues", ["sqs:SendMessage"], queues(texts)),
    ...logs(target),
    ...network(texts),
    ...statement(
      "Keys",
      ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey"],
      matching(texts, /KmsKeyId$|KmsKey$/, /^arn:[^:]+:kms:.*/),
    ),
  ];
  const unknown = texts
    .filter(({ prefix, path }) => prefix === "" && locationMember.test(path))
    .map(({ path, text }) => ({ path, text }));
  return { policy: { Version: "2012-10-17", Statement: statements }, unknown };
}

interface Known extends FoundText {
  /** The text as far as it is known before a start. */
  readonly prefix: string;
  /** Nothing follows the prefix. */
  readonly whole: boolean;
}

const locationMember = /(S3Uri|S3OutputPath|ModelDataUrl|SourceUri)$/;

function statement(
  Sid: string,
  Action: readonly string[],
  resources: Iterable<string>,
  Condition?: PolicyStatement["Condition"],
): PolicyStatement[] {
  const Resource = [...new Set(resources)].sort();
  return Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource, ...(Condition && { Condition }) }];
}

function s3(texts: readonly Known[]): PolicyStatement[] {
  const locations = texts.flatMap(({ path, prefix, whole }) => {
    const [, bucket, key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(prefix) ?? [];
    if (bucket === undefined) return [];
    const object = `arn:aws:s3:::${bucket}/${key}${whole && /\.[a-z0-9]+$/i.test(key) ? "" : "*"}`;
    return [{ bucket: `arn:aws:s3:::${bucket}`, object, writes: /Output|Checkpoint/.test(path) }];
  });
  const written = locations.filter(({ writes }) => writes).map(({ object }) => object);
  // Later steps read what earlier ones wrote.
  const read = locations.map(({ object }) => object);
  return [
    ...statement(
      "FindBuckets",
      ["s3:ListBucket", "s3:GetBucketLocation"],
      locations.map(({ bucket }) => bucket),
    ),
    ...statement("ReadObjects", ["s3:GetObject"], read),
    ...statement("WriteObjects", ["s3:PutObject", "s3:AbortMultipartUpload"], written),
  ];
}

function calls(
  definition: PipelineDefinition,
  { region, account }: Pick<Target, "region" | "account">,
  groups: readonly string[],
): PolicyStatement[] {
  const types = [...new Set(allSteps(definition).map(({ step }) => step.Type))];
  return types.flatMap((type) => {
    const permissions = stepKinds.get(type)?.permissions;
    if (permissions === undefined) return [];
    const resources = permissions.resources
      .flatMap((resource) => ofGroups(resource, groups))
      .map((resource) => `arn:aws:sagemaker:${region}:${account}:${resource}`);
    return statement(
      `Run${type}`,
      [...permissions.actions.map((action) => `sagemaker:${action}`), "sagemaker:AddTags"],
      resources,
    );
  });
}

/** Model package groups by name; none when one of them is known only at a start. ARNs have them in lower case. */
function groupsIn(texts: readonly Known[]): string[] {
  const named = texts.filter(({ path }) => path.endsWith(".ModelPackageGroupName"));
  if (named.some(({ prefix, whole }) => prefix === "" || !whole)) return [];
  return named.flatMap(({ prefix }) => [prefix, prefix.toLowerCase()]);
}

/** Versions are registered in the groups that the definition names, and in no other. */
function ofGroups(resource: string, groups: readonly string[]): string[] {
  if (groups.length === 0) return [resource];
  if (resource === "model-package-group/*") return groups.map((group) => `model-package-group/${group}`);
  return resource === "model-package/*" ? groups.map((group) => `model-package/${group}/*`) : [resource];
}

function passRole(texts: readonly Known[]): PolicyStatement[] {
  const roles = matching(texts, /(RoleArn|executionRoleArn)$/, /^arn:[^:]+:iam::\d{12}:role\/.+/);
  return statement("PassRole", ["iam:PassRole"], roles, {
    StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
  });
}

function images(texts: readonly Known[]): PolicyStatement[] {
  const repositories = texts.flatMap(({ prefix }) => {
    const [, account, region, repository] =
      /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(prefix) ?? [];
    return account === undefined ? [] : [`arn:aws:ecr:${region}:${account}:repository/${repository}`];
  });
  if (repositories.length === 0) return [];
  return [
    ...statement("ImageToken", ["ecr:GetAuthorizationToken"], ["*"]),
    ...statement(
      "Images",
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      repositories,
    ),
  ];
}

function queues(texts: readonly Known[]): string[] {
  return texts.flatMap(({ prefix }) => {
    const [, region, account, name] =
      /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com\/(\d{12})\/([^/]+)$/.exec(prefix) ?? [];
    return name === undefined ? [] : [`arn:aws:sqs:${region}:${account}:${name}`];
  });
}

function logs({ region, account }: Pick<Target, "region" | "account">): PolicyStatement[] {
  const groups = `arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/*`;
  return [
    ...statement(
      "Logs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      [groups],
    ),
    ...statement("Metrics", ["cloudwatch:PutMetricData"], ["*"], {
      StringLike: { "cloudwatch:namespace": "/aws/sagemaker/*" },
    }),
  ];
}

function network(texts: readonly Known[]): PolicyStatement[] {
  if (!texts.some(({ path }) => /\.Subnets\[\d+\]$/.test(path))) return [];
  return statement("Network", networkActions, ["*"]);
}

function matching(texts: readonly Known[], path: RegExp, value: RegExp): string[] {
  return texts
    .filter((text) => path.test(text.path) && value.test(text.prefix))
    .map(({ prefix, whole }) => (whole ? prefix : `${prefix}*`));
}
