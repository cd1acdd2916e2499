import type {
  CreateModelPackageInput,
  CreateModelPackageOutput,
  DeleteModelPackageInput,
  DescribeModelPackageInput,
  DescribeModelPackageOutput,
  ListModelPackagesInput,
  ListModelPackagesOutput,
  ModelPackageSummary,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { RoomDeps } from "../../../room";
import { type CallContext, type OperationTable, operation } from "../../../service";
import { pageOf } from "../listing/page";
import { userContext } from "../pipelines/user-context";
import { createdWithin } from "./group-operations";
import { packageEvent } from "./package-events";
import type { ModelPackageRecord } from "./records";
import type { RegistryCatalogue } from "./registry-catalogue";
import { updateOperations } from "./update-package";

/** Operations on model packages. */
export function packageOperations(deps: RoomDeps, catalogue: RegistryCatalogue): OperationTable {
  return {
    CreateModelPackage: operation<CreateModelPackageInput, CreateModelPackageOutput>((input, context) =>
      createPackage(deps, catalogue, input, context),
    ),
    DescribeModelPackage: operation<DescribeModelPackageInput, DescribeModelPackageOutput>((input) =>
      describe(catalogue.package(input.ModelPackageName ?? "")),
    ),
    ListModelPackages: operation<ListModelPackagesInput, ListModelPackagesOutput>((input) =>
      listPackages(catalogue, input),
    ),
    DeleteModelPackage: operation<DeleteModelPackageInput, object>(async (input) => {
      const record = catalogue.package(input.ModelPackageName ?? "");
      await catalogue.deletePackage(record);
      deps.bus.publish(packageEvent({ ...record, status: "Deleting" }, deps.clock.now()));
      return {};
    }),
    ...updateOperations(deps, catalogue),
  };
}

async function createPackage(
  deps: RoomDeps,
  catalogue: RegistryCatalogue,
  input: CreateModelPackageInput,
  { principalArn }: CallContext,
): Promise<CreateModelPackageOutput> {
  const { ModelPackageName: ownName, ModelPackageGroupName: groupName, ClientToken: token } = input;
  const { ModelApprovalStatus, CustomerMetadataProperties: customerMetadata, ...rest } = input;
  if ((ownName === undefined) === (groupName === undefined)) {
    throw validationException("Give either ModelPackageName or ModelPackageGroupName, and not both.");
  }
  const same = token === undefined ? undefined : catalogue.allPackages().find((each) => each.token === token);
  if (same) return { ModelPackageArn: same.arn };
  const now = deps.clock.now().getTime();
  const place = groupName === undefined ? named(catalogue, ownName ?? "") : nextVersion(catalogue, groupName);
  const approval = groupName === undefined ? undefined : (ModelApprovalStatus ?? "PendingManualApproval");
  const { ModelPackageName: _name, ModelPackageGroupName: _group, Tags: _tags, ClientToken: _token, ...content } = rest;
  const record: ModelPackageRecord = {
    ...place,
    status: "Completed",
    ...(approval !== undefined && { approval }),
    approvals: approval === undefined ? [] : [{ status: approval, at: now, by: principalArn }],
    ...(customerMetadata && { customerMetadata }),
    content,
    createdAt: now,
    createdBy: principalArn,
    ...(token !== undefined && { token }),
  };
  await catalogue.putVersion(record);
  deps.bus.publish(packageEvent(record, deps.clock.now()));
  return { ModelPackageArn: record.arn };
}

function named(catalogue: RegistryCatalogue, name: string): Pick<ModelPackageRecord, "arn" | "name"> {
  const arn = catalogue.packageArn(name);
  if (catalogue.findPackage(name)) throw validationException(`ModelPackage already exists: ${arn}`);
  return { arn, name };
}

function nextVersion(
  catalogue: RegistryCatalogue,
  nameOrArn: string,
): Pick<ModelPackageRecord, "arn" | "name" | "group" | "version"> {
  const { name } = catalogue.group(nameOrArn);
  const version = catalogue.nextVersion(name);
  return { arn: catalogue.packageArn(name, version), name, group: name, version };
}

function describe(record: ModelPackageRecord): DescribeModelPackageOutput {
  return {
    ...record.content,
    ModelPackageName: record.name,
    ModelPackageGroupName: record.group,
    ModelPackageVersion: record.version,
    ModelPackageArn: record.arn,
    CreationTime: new Date(record.createdAt),
    CreatedBy: userContext(record.createdBy),
    ModelPackageStatus: record.status,
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    CertifyForMarketplace: record.content.CertifyForMarketplace ?? false,
    ModelApprovalStatus: record.approval,
    ApprovalDescription: record.approvalDescription,
    CustomerMetadataProperties: record.customerMetadata && { ...record.customerMetadata },
    LastModifiedTime: record.modifiedAt === undefined ? undefined : new Date(record.modifiedAt),
    LastModifiedBy: record.modifiedBy === undefined ? undefined : userContext(record.modifiedBy),
  };
}

function listPackages(catalogue: RegistryCatalogue, input: ListModelPackagesInput): ListModelPackagesOutput {
  const group = input.ModelPackageGroupName;
  const type = input.ModelPackageType ?? (group === undefined ? "Unversioned" : "Versioned");
  const candidates = group === undefined ? catalogue.allPackages() : catalogue.versionsOf(catalogue.group(group).name);
  const found = candidates
    .filter(({ version }) => type === "Both" || (version !== undefined) === (type === "Versioned"))
    .filter(({ name }) => name.includes(input.NameContains ?? ""))
    .filter(({ approval }) => input.ModelApprovalStatus === undefined || approval === input.ModelApprovalStatus)
    .filter(createdWithin(input));
  const { items, NextToken } = pageOf(found, input, {
    descending: input.SortOrder === "Descending",
    key: ({ name, createdAt }) => (input.SortBy === "Name" ? name : createdAt),
    id: ({ name, version = 0 }) => `${name} ${String(version).padStart(10, "0")}`,
  });
  return { ModelPackageSummaryList: items.map(summary), NextToken };
}

function summary(record: ModelPackageRecord): ModelPackageSummary {
  return {
    ModelPackageName: record.group === undefined ? record.name : undefined,
    ModelPackageGroupName: record.group,
    ModelPackageVersion: record.version,
    ModelPackageArn: record.arn,
    ModelPackageDescription: record.content.ModelPackageDescription,
    CreationTime: new Date(record.createdAt),
    ModelPackageStatus: record.status,
    ModelApprovalStatus: record.approval,
  };
}
