import { acknowledge, MERGED_PREFIX } from "@sagewright/cdk";
import { DATA_PREFIX, type Environment, environmentTarget, keysSecretName } from "@sagewright/sagemaker";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { type CfnSecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/** What outlives every other stack: data, models, captures, and the keys of those who may ask. */
export class DataStack extends Stack {
  readonly bucket: Bucket;
  /** @default the environment names no key, and S3's own encrypts */
  readonly encryptionKey?: IKey;
  /** Keys of the prediction API, hashed. */
  readonly apiKeys: Secret;

  constructor(scope: Construct, id: string, environment: Environment, props: StackProps) {
    super(scope, id, props);
    const key = this.key(environment.kmsKey);
    if (key !== undefined) this.encryptionKey = key;
    const accessLogs = this.accessLogs(environment);
    this.bucket = this.data(environment, accessLogs, key);
    this.apiKeys = this.keys(environment, key);
    this.say({ data: this.bucket, accessLogs, ...(environment.kmsKey?.startsWith("alias/") ? { key } : {}) });
  }

  /** An alias is made here with its key; a key that is named by id or ARN is somebody else's. */
  private key(name: string | undefined): IKey | undefined {
    if (name === undefined) return undefined;
    if (name.startsWith("arn:")) return Key.fromKeyArn(this, "Key", name);
    if (!name.startsWith("alias/")) {
      return Key.fromKeyArn(this, "Key", this.formatArn({ service: "kms", resource: "key", resourceName: name }));
    }
    const key = new Key(this, "Key", {
      alias: name,
      description: "Encrypts data, models and captures",
      enableKeyRotation: true,
      // Data that is kept can be read only while its key is.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(key, "DataKey");
    return key;
  }

  /** What is there, and paid for, when this stack is gone. */
  private say({ data, accessLogs, key }: { data: Bucket; accessLogs: Bucket; key?: IKey | undefined }): void {
    const stays = (id: string, value: string, cost: string) =>
      new CfnOutput(this, `Stays${id}`, { value, description: `Kept when this stack is destroyed; paid for ${cost}` });
    stays("Data", data.bucketName, "by the gigabyte");
    stays("AccessLogs", accessLogs.bucketName, "by the gigabyte");
    if (key !== undefined) stays("Key", key.keyArn, "by the month, until it is scheduled for deletion");
  }

  private accessLogs({ retention }: Environment): Bucket {
    const bucket = new Bucket(this, "AccessLogs", {
      ...PRIVATE,
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.OBJECT_WRITER,
      lifecycleRules: [{ expiration: Duration.days(retention.auditDays) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(bucket, "AccessLogBucket");
    acknowledge(bucket, { "AwsSolutions-S1": "This is where access logs go; a log of the log would never end." });
    return bucket;
  }

  private data(environment: Environment, accessLogs: Bucket, key: IKey | undefined): Bucket {
    const { retention } = environment;
    const bucket = new Bucket(this, "Data", {
      ...PRIVATE,
      bucketName: environmentTarget(environment).bucket,
      ...(key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: "data/",
      lifecycleRules: [
        expiring("raw", "raw/", retention.rawDataDays),
        // Files that `sagewright run --data` sends.
        expiring("data", `${DATA_PREFIX}/`, retention.rawDataDays),
        // Data sets of retrainings: raw data, beside what was captured and labelled.
        expiring("merged", `${MERGED_PREFIX}/`, retention.rawDataDays),
        // What runs make: prepared features, models and their reports.
        expiring("runs", "runs/", retention.modelDays),
        expiring("captures", "captures/", retention.captureDays),
        expiring("ground-truth", "ground-truth/", retention.decisionsExplainableDays),
        expiring("checkpoints", "checkpoints/", 7),
        expiring("capture-errors", "capture-errors/", 30),
        {
          id: "overwritten",
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          expiredObjectDeleteMarker: true,
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(bucket, "DataBucket");
    return bucket;
  }

  private keys(environment: Environment, key: IKey | undefined): Secret {
    const secret = new Secret(this, "ApiKeys", {
      secretName: keysSecretName(environment),
      description: "Keys of the prediction API, hashed, and the secret they are hashed under",
      ...(key === undefined ? {} : { encryptionKey: key }),
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ format: 1, keys: [] }),
        generateStringKey: "secret",
        passwordLength: 64,
        excludePunctuation: true,
        excludeUppercase: true,
        // Hexadecimal digits are left.
        excludeCharacters: "ghijklmnopqrstuvwxyz",
        requireEachIncludedType: false,
      },
    });
    (secret.node.defaultChild as CfnSecret).overrideLogicalId("ApiKeys");
    acknowledge(secret, {
      "AwsSolutions-SMG4":
        "Each key in it is rotated by itself, with a time of grace, by an operator (sagewright keys rotate); a rotation of the whole would end every consumer at once.",
    });
    return secret;
  }
}

const PRIVATE = { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true } as const;

function expiring(id: string, prefix: string, days: number) {
  return { id, prefix, expiration: Duration.days(days) };
}

/** Names in a template stay the same when constructs move: a new name would be a new bucket. */
function pin(construct: Bucket | Key, logicalId: string): void {
  (construct.node.defaultChild as CfnBucket).overrideLogicalId(logicalId);
}
