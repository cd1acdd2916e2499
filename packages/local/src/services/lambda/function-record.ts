import type { Environment, FunctionConfiguration, Runtime } from "@aws-sdk/client-lambda";

/** A function. Times in records are epoch milliseconds. */
export interface FunctionRecord {
  readonly name: string;
  readonly arn: string;
  readonly runtime: Runtime;
  readonly handler: string;
  readonly role: string;
  readonly description?: string;
  /** Seconds. */
  readonly timeout: number;
  /** Megabytes. */
  readonly memory: number;
  readonly environment: NonNullable<Environment["Variables"]>;
  /** ARN of the queue or topic that takes events which failed for good; empty when none does. */
  readonly deadLetters?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** SHA-256 of the archive in base64. */
  readonly codeSha256: string;
  /** Bytes. */
  readonly codeSize: number;
  /** Where the archive's files are. */
  readonly folder: string;
  readonly layers?: readonly { readonly arn: string; readonly codeSize: number }[];
  /** The folder that it sees as `/opt`; empty without layers. */
  readonly opt?: string;
  /** @default the function as it is now, {@link LATEST} */
  readonly version?: string;
  readonly modifiedAt: number;
  readonly revision: string;
}

/** The function as it is now, which every change changes. */
export const LATEST = "$LATEST";

/** The version that a record is of. */
export const versionOf = ({ version = LATEST }: Pick<FunctionRecord, "version">): string => version;

/** A function's name or ARN with the version or alias that is meant. */
export const qualified = (nameOrArn: string, qualifier: string | undefined): string =>
  qualifier === undefined ? nameOrArn : `${nameOrArn}:${qualifier}`;

/** A moment as the service writes it, of epoch milliseconds. */
export const lambdaTime = (moment: number): string => new Date(moment).toISOString().replace("Z", "+0000");

/** A function as the service describes it. */
export function configurationOf(record: FunctionRecord): FunctionConfiguration {
  return {
    FunctionName: record.name,
    FunctionArn: qualified(record.arn, record.version),
    Runtime: record.runtime,
    Role: record.role,
    Handler: record.handler,
    CodeSize: record.codeSize,
    Description: record.description ?? "",
    Timeout: record.timeout,
    MemorySize: record.memory,
    LastModified: lambdaTime(record.modifiedAt),
    CodeSha256: record.codeSha256,
    Version: versionOf(record),
    ...(record.layers?.length && {
      Layers: record.layers.map(({ arn, codeSize }) => ({ Arn: arn, CodeSize: codeSize })),
    }),
    Environment: Object.keys(record.environment).length > 0 ? { Variables: { ...record.environment } } : undefined,
    ...(record.deadLetters && { DeadLetterConfig: { TargetArn: record.deadLetters } }),
    TracingConfig: { Mode: "PassThrough" },
    RevisionId: record.revision,
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: ["x86_64"],
    EphemeralStorage: { Size: 512 },
    LoggingConfig: { LogFormat: "Text", LogGroup: logGroupOf(record.name) },
  };
}

/** The log group of a function. */
export const logGroupOf = (name: string): string => `/aws/lambda/${name}`;

/** The name in a function's name, ARN or partial ARN, with or without version. */
export const functionName = (nameOrArn: string): string => functionReference(nameOrArn).name;

/** Name, and version or alias, of a function's name, ARN or partial ARN; one that is given beside it counts as well. */
export function functionReference(nameOrArn = "", beside?: string): { name: string; qualifier: string | undefined } {
  const [, tail = nameOrArn] = /:function:(.+)$/.exec(nameOrArn) ?? [];
  const [name = tail, qualifier] = tail.split(":");
  return { name, qualifier: beside ?? qualifier };
}
