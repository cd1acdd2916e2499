import { Stack } from "aws-cdk-lib";
import type { IEventBus } from "aws-cdk-lib/aws-events";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IConstruct } from "constructs";
import { acknowledgeWildcards } from "../acknowledge";
import { registryStatements } from "../approval/deployment-statements";
import { keyStatement } from "../statements";

/** What monitoring reads and writes: prefixes of one bucket, without slashes at their ends. */
export interface MonitorRights {
  readonly model: string;
  readonly bucket: string;
  readonly captures: string;
  readonly labels: string;
  readonly artefacts: string;
  readonly summaries: string;
  readonly reports: string;
  readonly eventBus: IEventBus;
  readonly key: IKey | undefined;
}

/** Adding captures up. */
export function summariseStatements(stack: Stack, rights: MonitorRights): PolicyStatement[] {
  const { captures, artefacts, summaries } = rights;
  return [
    ...commonStatements(stack, rights, [captures, artefacts, summaries]),
    objects(stack, rights, "Write", ["s3:PutObject", "s3:DeleteObject"], [summaries]),
  ];
}

/** Judging a window, and telling of it. */
export function weeklyStatements(stack: Stack, rights: MonitorRights): PolicyStatement[] {
  const { labels, artefacts, summaries, reports, eventBus } = rights;
  return [
    ...commonStatements(stack, rights, [labels, artefacts, summaries, reports]),
    objects(stack, rights, "Write", ["s3:PutObject"], [reports]),
    // A version that nothing was captured of yet: its contract is copied beside its summaries to be.
    new PolicyStatement({
      sid: "Copy",
      actions: ["s3:PutObject"],
      resources: [`${bucketArn(stack, rights.bucket)}/${summaries}/*/contract.json`],
    }),
    new PolicyStatement({ sid: "Tell", actions: ["events:PutEvents"], resources: [eventBus.eventBusArn] }),
  ];
}

/** Why statements end in wildcards. */
export function acknowledgeMonitor(scope: IConstruct, rights: MonitorRights): void {
  const { bucket, captures, labels, artefacts, summaries, reports, model } = rights;
  const { region, account } = Stack.of(scope);
  acknowledgeWildcards(
    scope,
    [captures, labels, artefacts, summaries, `${summaries}/*/contract.json`, reports].map(
      (prefix) => `arn:<AWS::Partition>:s3:::${bucket}/${prefix}${prefix.includes("*") ? "" : "/*"}`,
    ),
    "Objects are named by the hour they are of, or by the execution that made them.",
  );
  acknowledgeWildcards(
    scope,
    [`arn:<AWS::Partition>:sagemaker:${region}:${account}:model-package/${model.toLowerCase()}/*`],
    "Versions of the one group are numbered by the registry when they are registered.",
  );
}

function commonStatements(stack: Stack, rights: MonitorRights, readable: readonly string[]): PolicyStatement[] {
  const { model, bucket, key } = rights;
  return [
    ...registryStatements(stack, model),
    // Listing finds what came; and without it S3 would not say that an hour has no summary yet.
    new PolicyStatement({ sid: "Lists", actions: ["s3:ListBucket"], resources: [bucketArn(stack, bucket)] }),
    objects(stack, rights, "Read", ["s3:GetObject"], readable),
    ...(key === undefined ? [] : [keyStatement(key)]),
  ];
}

function objects(
  stack: Stack,
  { bucket }: MonitorRights,
  sid: string,
  actions: string[],
  prefixes: readonly string[],
): PolicyStatement {
  const resources = prefixes.map((prefix) => `${bucketArn(stack, bucket)}/${prefix}/*`);
  return new PolicyStatement({ sid, actions, resources });
}

function bucketArn(stack: Stack, bucket: string): string {
  return stack.formatArn({ service: "s3", region: "", account: "", resource: bucket });
}
