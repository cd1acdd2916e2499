import type { ProcessingRequest } from "./request";

/** What a processing container finds when it starts. */
export interface ProcessingContainer {
  /** Files below /opt/ml. */
  files: Record<string, string>;
  env: Record<string, string>;
  /** The whole command line: entry point and arguments, verbatim. */
  argv: string[];
  workingDirectory: string;
}

const maxRuntimeDefaultSeconds = 86_400;

/** The container's contract as a function of the request: there is no toolkit in processing jobs. */
export function processingContainer(request: ProcessingRequest, arn: string, region: string): ProcessingContainer {
  const { ContainerEntrypoint = [], ContainerArguments = [] } = request.AppSpecification;
  const cluster = request.ProcessingResources.ClusterConfig;
  const config = {
    ProcessingJobArn: arn,
    ProcessingJobName: request.ProcessingJobName,
    AppSpecification: {
      ImageUri: request.AppSpecification.ImageUri,
      ContainerEntrypoint: request.AppSpecification.ContainerEntrypoint ?? null,
      ContainerArguments: request.AppSpecification.ContainerArguments ?? null,
    },
    Environment: request.Environment ?? {},
    ProcessingInputs: request.ProcessingInputs ?? [],
    ProcessingOutputConfig: request.ProcessingOutputConfig ?? { Outputs: [] },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: cluster?.InstanceCount ?? 1,
        InstanceType: cluster?.InstanceType ?? null,
        VolumeSizeInGB: cluster?.VolumeSizeInGB ?? null,
      },
    },
    RoleArn: request.RoleArn,
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds(request) },
  };
  const resource = {
    current_host: "algo-1",
    hosts: ["algo-1"],
    network_interface_name: "eth0",
    current_instance_type: cluster?.InstanceType ?? "",
  };
  return {
    files: {
      "config/processingjobconfig.json": JSON.stringify(config),
      "config/resourceconfig.json": JSON.stringify(resource),
    },
    env: {
      AWS_REGION: region,
      PROCESSING_JOB_NAME: request.ProcessingJobName,
      PROCESSING_JOB_ARN: arn,
      ...request.Environment,
    },
    argv: [...ContainerEntrypoint, ...ContainerArguments],
    workingDirectory: "/",
  };
}

/** The request's limit, or AWS's default of a day. */
export const maxRuntimeSeconds = (request: ProcessingRequest): number =>
  request.StoppingCondition?.MaxRuntimeInSeconds ?? maxRuntimeDefaultSeconds;
