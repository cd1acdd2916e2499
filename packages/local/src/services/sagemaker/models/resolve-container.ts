import type { ContainerDefinition, DescribeModelPackageOutput } from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import { parseS3Uri } from "../../../jobs/s3-uri";
import type { RoomDeps } from "../../../room";
import type { ServedContainer } from "./model-record";

/**
 * Fills a container's members in from its model package, and checks that it can be run.
 *
 * @throws ServiceError ValidationException for a package that does not exist or is not complete, and for model data
 *   that cannot be read.
 */
export async function resolveContainer(
  deps: Pick<RoomDeps, "invoke" | "objects" | "region">,
  container: ContainerDefinition,
  roleArn: string | undefined,
): Promise<{ container: ContainerDefinition; served: ServedContainer }> {
  refuseUnknownKinds(container);
  const filled =
    container.ModelPackageName === undefined
      ? container
      : await fromPackage(deps, container, container.ModelPackageName);
  if (filled.Image === undefined) {
    throw validationException("One of Image and ModelPackageName must be given for a container.");
  }
  const modelData = modelDataOf(filled);
  if (modelData !== undefined) await requireModelData(deps, modelData.uri, roleArn);
  return {
    container: filled,
    served: {
      image: filled.Image,
      environment: { ...filled.Environment },
      name: filled.ContainerHostname ?? "primary",
      ...(modelData === undefined ? {} : { modelData }),
    },
  };
}

async function fromPackage(
  { invoke }: Pick<RoomDeps, "invoke">,
  container: ContainerDefinition,
  packageName: string,
): Promise<ContainerDefinition> {
  const found = await invoke<DescribeModelPackageOutput>("sagemaker", "DescribeModelPackage", {
    ModelPackageName: packageName,
  });
  const [registered, ...more] = found.InferenceSpecification?.Containers ?? [];
  if (registered === undefined || found.ModelPackageStatus !== "Completed") {
    throw validationException(
      `Model package ${packageName} cannot be deployed: its status is ${found.ModelPackageStatus} and it names ${registered === undefined ? "no" : "a"} container.`,
    );
  }
  if (more.length > 0) throw validationException(severalContainers(`Model package ${packageName}`));
  return {
    ...container,
    Image: registered.Image,
    ModelDataUrl: registered.ModelDataUrl,
    ModelDataSource: registered.ModelDataSource,
    Environment: { ...registered.Environment, ...container.Environment },
  };
}

/** The refusal of an inference pipeline, where one is asked to run. */
export function severalContainers(what: string): string {
  return `${what} has several containers. Inference pipelines are not emulated by Sagewright's embedded cloud; put the steps into one script.`;
}

function modelDataOf(container: ContainerDefinition): ServedContainer["modelData"] {
  const source = container.ModelDataSource?.S3DataSource;
  if (source?.S3Uri !== undefined) {
    const files = source.S3DataType === "S3Prefix" && source.CompressionType === "None";
    return { uri: source.S3Uri, kind: files ? "files" : "archive" };
  }
  return container.ModelDataUrl === undefined ? undefined : { uri: container.ModelDataUrl, kind: "archive" };
}

async function requireModelData(
  { objects, region }: Pick<RoomDeps, "objects" | "region">,
  uri: string,
  roleArn: string | undefined,
): Promise<void> {
  const place = parseS3Uri(uri);
  const there = place !== undefined && (await objects.list(place.bucket, place.key)).length > 0;
  if (there) return;
  throw validationException(
    `Could not access model data at ${uri}. Please ensure that the role "${roleArn ?? ""}" exists and that its trust relationship policy allows ` +
      'the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions ' +
      `and that the object is located in ${region}.`,
  );
}

function refuseUnknownKinds(container: ContainerDefinition): void {
  const { Mode, MultiModelConfig, AdditionalModelDataSources, InferenceSpecificationName } = container;
  const asked = {
    "Mode MultiModel": Mode === "MultiModel" || MultiModelConfig !== undefined,
    AdditionalModelDataSources: (AdditionalModelDataSources ?? []).length > 0,
    InferenceSpecificationName: InferenceSpecificationName !== undefined,
  };
  for (const [member, given] of Object.entries(asked)) {
    if (given)
      throw validationException(`${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`);
  }
}
