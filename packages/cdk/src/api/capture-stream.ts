import { Resource, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnDeliveryStream } from "aws-cdk-lib/aws-kinesisfirehose";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledgeWildcards } from "../acknowledge";
import { keyStatement } from "../statements";

/** Where captured requests and answers go. */
export interface CaptureStreamProps {
  readonly streamName: string;
  readonly bucket: IBucket;
  /** What keys begin with, such as `captures/churn/AllTraffic`; records lie in `yyyy/mm/dd/hh/` below. */
  readonly prefix: string;
  /** Encrypts the bucket. @default its own */
  readonly encryptionKey?: IKey;
}

/** Where records go that could not be delivered. */
const ERRORS = "capture-errors";

/** Requests and answers on their way to a bucket as JSON lines, gathered for a minute, so that a function is not kept waiting. */
export class CaptureStream extends Resource {
  readonly streamName: string;
  readonly streamArn: string;

  constructor(scope: Construct, id: string, { streamName, bucket, prefix, encryptionKey }: CaptureStreamProps) {
    super(scope, id);
    const written = [`${bucket.bucketArn}/${prefix}/*`, `${bucket.bucketArn}/${ERRORS}/*`];
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("firehose.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
      description: `Writes captures below ${prefix}/`,
      inlinePolicies: {
        deliver: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: "Captures",
              actions: ["s3:PutObject", "s3:AbortMultipartUpload"],
              resources: written,
            }),
            ...(encryptionKey === undefined ? [] : [keyStatement(encryptionKey)]),
          ],
        }),
      },
    });
    acknowledgeWildcards(
      role,
      written,
      "Firehose names its objects by their time; the statement is about two prefixes of one bucket.",
    );
    const stream = new CfnDeliveryStream(this, "Resource", {
      deliveryStreamName: streamName,
      deliveryStreamType: "DirectPut",
      deliveryStreamEncryptionConfigurationInput: { keyType: "AWS_OWNED_CMK" },
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: `${prefix}/!{timestamp:yyyy/MM/dd/HH}/`,
        errorOutputPrefix: `${ERRORS}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/`,
        fileExtension: ".jsonl",
        compressionFormat: "UNCOMPRESSED",
        bufferingHints: { intervalInSeconds: 60, sizeInMBs: 16 },
        ...(encryptionKey === undefined
          ? {}
          : { encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: encryptionKey.keyArn } } }),
      },
    });
    stream.node.addDependency(role);
    this.streamName = streamName;
    this.streamArn = stream.attrArn;
  }

  /** What a function needs to send captures here, and to nowhere else. */
  statement(): PolicyStatement {
    return new PolicyStatement({ sid: "Capture", actions: ["firehose:PutRecordBatch"], resources: [this.streamArn] });
  }
}
