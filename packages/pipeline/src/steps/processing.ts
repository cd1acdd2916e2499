import type { CreateProcessingJobRequest, DescribeProcessingJobResponse } from "@aws-sdk/client-sagemaker";
import type { CodeAsset } from "../assets/code-asset";
import { type Expression, isExpression, type Templated, type Value } from "../expressions/expression";
import { asText } from "../expressions/join";
import { type PropertyFile, type PropertyFileSpec, propertyFileOf } from "../expressions/property-file";
import { Step, type StepOptions } from "../step";
import { checkPropertyFiles } from "../validate/property-files";
import { cluster, type Instances, type Network, type Tags, tagList } from "./instances";
import { outputUri, targetRole } from "./outputs";
import type { StepKind } from "./step-kind";

/** Runs a container over files. */
export const processingKind: StepKind = {
  type: "Processing",
  operation: "CreateProcessingJob",
  nameMember: "ProcessingJobName",
  describe: "DescribeProcessingJob",
  extraProperties: ["PropertyFiles"],
  permissions: {
    actions: ["CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"],
    resources: ["processing-job/*"],
  },
  cacheable: true,
  cachedByDefault: true,
  retryable: "job",
  members: { PropertyFiles: "optional" },
  cacheKey: ["AppSpecification", "Environment", "ProcessingInputs"],
  validate: (step, { path }) => checkPropertyFiles(step, path),
};

/** A file or folder that the container finds at `path`. */
export interface ProcessingInput {
  readonly uri: Value<string> | CodeAsset;
  /** Folder inside the container. */
  readonly path: string;
  /** @default "File" */
  readonly mode?: "File" | "Pipe";
}

/** A folder that the container fills. */
export interface ProcessingOutput {
  /** Folder inside the container. */
  readonly path: string;
  /** @default a folder of this step in this execution */
  readonly uri?: Value<string>;
  /** @default "EndOfJob" */
  readonly mode?: "EndOfJob" | "Continuous";
}

type PropertyFiles = Readonly<Record<string, PropertyFileSpec<unknown>>>;

/** Options of a processing step. */
export interface ProcessingOptions<O extends string, F extends PropertyFiles> extends StepOptions {
  readonly image: Value<string>;
  readonly entrypoint?: readonly Value<string>[];
  readonly arguments?: readonly Value<string | number | boolean>[];
  readonly environment?: Readonly<Record<string, Value<string | number | boolean>>>;
  readonly inputs?: Readonly<Record<string, ProcessingInput>>;
  /** Outputs by name: a folder in the container, or the whole form. */
  readonly outputs?: Readonly<Record<O, string | ProcessingOutput>>;
  /** JSON files among the outputs that conditions read. */
  readonly propertyFiles?: F & { readonly [K in keyof F]: { readonly output: NoInfer<O> } };
  readonly instances?: Instances;
  /** @default the compile target's role */
  readonly role?: Value<string>;
  /** @default the service's limit of 5 days */
  readonly maxRuntimeSeconds?: Value<number>;
  readonly network?: Network & { readonly isolation?: boolean };
  readonly tags?: Tags;
  /** Members of the request to set or replace as they are. */
  readonly request?: Partial<Templated<CreateProcessingJobRequest>>;
}

/** A processing step: outputs and property files by name. */
export type ProcessingStep<O extends string = string, F = unknown> = Step<DescribeProcessingJobResponse> & {
  /** S3 URI of each output. */
  readonly outputs: { readonly [K in O]: Expression<string> };
  readonly files: {
    readonly [K in keyof F]: F[K] extends PropertyFileSpec<infer Schema> ? PropertyFile<Schema> : never;
  };
};

/** Runs a container over files. */
export function processing<const O extends string = never, const F extends PropertyFiles = Record<never, never>>(
  name: string,
  options: ProcessingOptions<O, F>,
): ProcessingStep<O, F> {
  const step = new Step<DescribeProcessingJobResponse>(
    processingKind,
    name,
    {
      arguments: { ...request(name, options), ...options.request },
      members: { PropertyFiles: files(options.propertyFiles) },
    },
    options,
  );
  const outputNames = Object.keys(options.outputs ?? {}) as O[];
  const outputs = Object.fromEntries(
    outputNames.map((output) => [output, step.properties.ProcessingOutputConfig.Outputs.named(output).S3Output.S3Uri]),
  ) as Record<O, Expression<string>>;
  const propertyFiles = Object.entries(options.propertyFiles ?? {}).map(([key, spec]) => [
    key,
    propertyFileOf(
      step,
      key,
      spec as PropertyFileSpec<unknown>,
      outputs[(spec as PropertyFileSpec<unknown>).output as O],
    ),
  ]);
  return Object.assign(step, { outputs, files: Object.fromEntries(propertyFiles) });
}

function request(name: string, options: ProcessingOptions<string, PropertyFiles>) {
  const { network, environment } = options;
  return {
    ProcessingResources: { ClusterConfig: cluster(options.instances) },
    AppSpecification: {
      ImageUri: options.image,
      ContainerEntrypoint: options.entrypoint,
      ContainerArguments: options.arguments?.map(asText),
    },
    Environment:
      environment && Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, asText(value)])),
    RoleArn: options.role ?? targetRole,
    ProcessingInputs: inputs(options.inputs),
    ProcessingOutputConfig: outputConfig(name, options.outputs),
    NetworkConfig: network && {
      EnableNetworkIsolation: network.isolation,
      VpcConfig: { Subnets: network.subnets, SecurityGroupIds: network.securityGroupIds },
    },
    StoppingCondition:
      options.maxRuntimeSeconds === undefined ? undefined : { MaxRuntimeInSeconds: options.maxRuntimeSeconds },
    Tags: tagList(options.tags),
  };
}

function inputs(byName: Readonly<Record<string, ProcessingInput>> | undefined) {
  const entries = Object.entries(byName ?? {});
  if (entries.length === 0) return undefined;
  return entries.map(([InputName, { uri, path, mode }]) => ({
    InputName,
    S3Input: {
      S3Uri: typeof uri === "string" || isExpression(uri) ? uri : uri.uri,
      LocalPath: path,
      S3DataType: "S3Prefix",
      S3InputMode: mode ?? "File",
      S3DataDistributionType: "FullyReplicated",
      S3CompressionType: "None",
    },
  }));
}

function outputConfig(stepName: string, byName: Readonly<Record<string, string | ProcessingOutput>> | undefined) {
  const entries = Object.entries(byName ?? {});
  if (entries.length === 0) return undefined;
  return {
    Outputs: entries.map(([OutputName, given]) => {
      const output: ProcessingOutput = typeof given === "string" ? { path: given } : given;
      return {
        OutputName,
        S3Output: {
          S3Uri: output.uri ?? outputUri(stepName, OutputName),
          LocalPath: output.path,
          S3UploadMode: output.mode ?? "EndOfJob",
        },
      };
    }),
  };
}

function files(byName: PropertyFiles | undefined) {
  const entries = Object.entries(byName ?? {});
  if (entries.length === 0) return undefined;
  return entries.map(([name, { output, file }]) => ({ PropertyFileName: name, OutputName: output, FilePath: file }));
}
