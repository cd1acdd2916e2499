import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Compiled } from "@sagewright/pipeline";
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { BucketDeployment, Source } from "aws-cdk-lib/aws-s3-deployment";
import { Construct } from "constructs";
import { acknowledge, acknowledgeWildcards } from "../acknowledge";
import { keyStatement, logStatements } from "../statements";

/** Prefix of all code that definitions name. */
const CODE = "code";

/** What {@link ShippedCode} copies, and where to. */
export interface ShippedCodeProps {
  readonly assets: Compiled["assets"];
  readonly bucket: string;
  readonly encryptionKey?: IKey;
}

/**
 * Brings the code of a pipeline to the place its definition names: CDK uploads one archive to its own bucket, and its files are
 * copied to `code/<digest>/`. Names are made of the content; nothing is ever removed, because an execution of an older
 * definition may still be repeated.
 */
export class ShippedCode extends Construct {
  constructor(scope: Construct, id: string, { assets, bucket, encryptionKey }: ShippedCodeProps) {
    super(scope, id);
    const path = folderOf(assets);
    const archive = new Asset(this, "Archive", { path });
    const role = this.role(archive, bucket, encryptionKey);
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    for (const statement of logStatements(logGroup)) role.addToPolicy(statement);
    const deployment = new BucketDeployment(this, "Copy", {
      sources: [Source.bucket(archive.bucket, archive.s3ObjectKey)],
      destinationBucket: Bucket.fromBucketName(this, "Target", bucket),
      destinationKeyPrefix: CODE,
      prune: false,
      retainOnDelete: true,
      // Its own grants are wildcards; what it needs is said above.
      role: role.withoutPolicyUpdates(),
      logGroup,
    });
    deployment.node.addDependency(role);
    acknowledge(Stack.of(this), {
      "AwsSolutions-L1":
        "CDK's own provider function for copies: its runtime comes with aws-cdk-lib and is raised with it.",
      "Serverless-LambdaLatestVersion":
        "CDK's own provider function: its runtime comes with aws-cdk-lib and is raised with it.",
      "Serverless-LambdaDLQ": "Called by CloudFormation, which waits for the answer and repeats or rolls back itself.",
      "Serverless-LambdaTracing": "CDK's own provider function, which runs only while a stack is deployed.",
    });
  }

  private role(archive: Asset, bucket: string, encryptionKey?: IKey): Role {
    const target = Stack.of(this).formatArn({ service: "s3", region: "", account: "", resource: bucket });
    const role = new Role(this, "Copier", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: "Copies pipeline code from CDK's bucket to where the definition looks for it",
    });
    const statements = [
      { actions: ["s3:GetObject"], resources: [`${archive.bucket.bucketArn}/${archive.s3ObjectKey}`] },
      {
        actions: ["s3:ListBucket"],
        resources: [target],
        conditions: { StringLike: { "s3:prefix": [`${CODE}/*`, CODE] } },
      },
      { actions: ["s3:PutObject"], resources: [`${target}/${CODE}/*`] },
    ];
    for (const statement of statements) role.addToPolicy(new PolicyStatement(statement));
    if (encryptionKey !== undefined) role.addToPolicy(keyStatement(encryptionKey));
    acknowledgeWildcards(
      role,
      [`arn:<AWS::Partition>:s3:::${bucket}/${CODE}/*`],
      "Writes below code/ alone; the names there are made of the files' content.",
    );
    return role;
  }
}

function folderOf(assets: Compiled["assets"]): string {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-code-"));
  for (const { key, bytes } of assets.flatMap(({ files }) => files)) {
    const path = join(folder, relative(CODE, key));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return folder;
}
