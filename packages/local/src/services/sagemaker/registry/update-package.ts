import type {
  BatchDescribeModelPackageInput,
  BatchDescribeModelPackageOutput,
  UpdateModelPackageInput,
  UpdateModelPackageOutput,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { RoomDeps } from "../../../room";
import { type CallContext, type OperationTable, operation } from "../../../service";
import { packageEvent } from "./package-events";
import type { ModelPackageRecord } from "./records";
import type { RegistryCatalogue } from "./registry-catalogue";

/** Decisions about packages, and what may be changed of them afterwards. */
export function updateOperations(deps: RoomDeps, catalogue: RegistryCatalogue): OperationTable {
  return {
    UpdateModelPackage: operation<UpdateModelPackageInput, UpdateModelPackageOutput>((input, context) =>
      updatePackage(deps, catalogue, input, context),
    ),
    BatchDescribeModelPackage: operation<BatchDescribeModelPackageInput, BatchDescribeModelPackageOutput>((input) =>
      batchDescribe(catalogue, input),
    ),
  };
}

async function updatePackage(
  deps: RoomDeps,
  catalogue: RegistryCatalogue,
  input: UpdateModelPackageInput,
  { principalArn }: CallContext,
): Promise<UpdateModelPackageOutput> {
  const before = catalogue.package(input.ModelPackageArn ?? "");
  if (input.ModelApprovalStatus !== undefined && before.version === undefined) {
    throw validationException(
      `ModelPackage ${before.arn} is not versioned: only the versions of a model package group can be approved.`,
    );
  }
  const now = deps.clock.now().getTime();
  const after: ModelPackageRecord = {
    ...before,
    ...approvalOf(before, input, now, principalArn),
    ...(metadataChanges(input) && { customerMetadata: metadataOf(before, input) }),
    content: contentOf(before, input),
    modifiedAt: now,
    modifiedBy: principalArn,
  };
  await catalogue.putPackage(after);
  deps.bus.publish(packageEvent(after, deps.clock.now(), updatedFields(input)));
  return { ModelPackageArn: after.arn };
}

/** As the event names them: what is removed of the metadata changes the metadata. */
function updatedFields({ ModelPackageArn: _, ...input }: UpdateModelPackageInput): string[] {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  return [...new Set(given.map(([key]) => key.replace(/To(Add|Remove)$/, "")))];
}

function approvalOf(
  before: ModelPackageRecord,
  input: UpdateModelPackageInput,
  at: number,
  by: string,
): Partial<ModelPackageRecord> {
  const { ModelApprovalStatus: given, ApprovalDescription: description } = input;
  if (given === undefined && description === undefined) return {};
  const status = given ?? before.approval;
  const described = description === undefined ? {} : { description };
  return {
    ...(status !== undefined && {
      approval: status,
      approvals: [...before.approvals, { status, ...described, at, by }],
    }),
    ...(description !== undefined && { approvalDescription: description }),
  };
}

const metadataChanges = (input: UpdateModelPackageInput): boolean =>
  input.CustomerMetadataProperties !== undefined || input.CustomerMetadataPropertiesToRemove !== undefined;

function metadataOf(before: ModelPackageRecord, input: UpdateModelPackageInput): Record<string, string> {
  const removed = new Set(input.CustomerMetadataPropertiesToRemove ?? []);
  const merged = { ...before.customerMetadata, ...input.CustomerMetadataProperties };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !removed.has(key)));
}

function contentOf(before: ModelPackageRecord, input: UpdateModelPackageInput): ModelPackageRecord["content"] {
  const added = input.AdditionalInferenceSpecificationsToAdd;
  return {
    ...before.content,
    ...(added && {
      AdditionalInferenceSpecifications: [...(before.content.AdditionalInferenceSpecifications ?? []), ...added],
    }),
    ...(input.InferenceSpecification && { InferenceSpecification: input.InferenceSpecification }),
    ...(input.SourceUri !== undefined && { SourceUri: input.SourceUri }),
    ...(input.ModelCard && { ModelCard: input.ModelCard }),
    ...(input.ModelLifeCycle && { ModelLifeCycle: input.ModelLifeCycle }),
    ...(input.ModelPackageRegistrationType && { ModelPackageRegistrationType: input.ModelPackageRegistrationType }),
  };
}

function batchDescribe(
  catalogue: RegistryCatalogue,
  input: BatchDescribeModelPackageInput,
): BatchDescribeModelPackageOutput {
  const arns = input.ModelPackageArnList ?? [];
  const found = arns.flatMap((arn) => catalogue.findPackage(arn) ?? []);
  const missing = arns.filter((arn) => !catalogue.findPackage(arn));
  return {
    ModelPackageSummaries: Object.fromEntries(
      found.map((record) => [
        record.arn,
        {
          ModelPackageGroupName: record.group ?? record.name,
          ModelPackageVersion: record.version,
          ModelPackageArn: record.arn,
          ModelPackageDescription: record.content.ModelPackageDescription,
          CreationTime: new Date(record.createdAt),
          InferenceSpecification: record.content.InferenceSpecification ?? { Containers: [] },
          ModelPackageStatus: record.status,
          ModelApprovalStatus: record.approval,
        },
      ]),
    ),
    BatchDescribeModelPackageErrorMap: Object.fromEntries(
      missing.map((arn) => [
        arn,
        { ErrorCode: "ValidationException", ErrorResponse: `ModelPackage ${arn} does not exist.` },
      ]),
    ),
  };
}
