import type {
  CreateModelPackageGroupInput,
  CreateModelPackageGroupOutput,
  DeleteModelPackageGroupInput,
  DescribeModelPackageGroupInput,
  DescribeModelPackageGroupOutput,
  ListModelPackageGroupsInput,
  ListModelPackageGroupsOutput,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { RoomDeps } from "../../../room";
import { type CallContext, type OperationTable, operation } from "../../../service";
import { pageOf } from "../listing/page";
import { userContext } from "../pipelines/user-context";
import type { RegistryCatalogue } from "./registry-catalogue";

/** Operations on model package groups. */
export function groupOperations(deps: RoomDeps, catalogue: RegistryCatalogue): OperationTable {
  return {
    CreateModelPackageGroup: operation<CreateModelPackageGroupInput, CreateModelPackageGroupOutput>((input, context) =>
      createGroup(deps, catalogue, input, context),
    ),
    DescribeModelPackageGroup: operation<DescribeModelPackageGroupInput, DescribeModelPackageGroupOutput>((input) =>
      describeGroup(catalogue, input),
    ),
    ListModelPackageGroups: operation<ListModelPackageGroupsInput, ListModelPackageGroupsOutput>((input) =>
      listGroups(catalogue, input),
    ),
    DeleteModelPackageGroup: operation<DeleteModelPackageGroupInput, object>(async (input) => {
      await catalogue.deleteGroup(catalogue.group(input.ModelPackageGroupName ?? ""));
      return {};
    }),
  };
}

async function createGroup(
  deps: RoomDeps,
  catalogue: RegistryCatalogue,
  input: CreateModelPackageGroupInput,
  { principalArn }: CallContext,
): Promise<CreateModelPackageGroupOutput> {
  const name = input.ModelPackageGroupName ?? "";
  const arn = catalogue.groupArn(name);
  if (catalogue.findGroup(name)) throw validationException(`Model Package Group already exists: ${arn}`);
  await catalogue.putGroup({
    name,
    arn,
    ...(input.ModelPackageGroupDescription !== undefined && { description: input.ModelPackageGroupDescription }),
    createdAt: deps.clock.now().getTime(),
    createdBy: principalArn,
    latestVersion: 0,
  });
  return { ModelPackageGroupArn: arn };
}

function describeGroup(
  catalogue: RegistryCatalogue,
  input: DescribeModelPackageGroupInput,
): DescribeModelPackageGroupOutput {
  const group = catalogue.group(input.ModelPackageGroupName ?? "");
  return {
    ModelPackageGroupName: group.name,
    ModelPackageGroupArn: group.arn,
    ModelPackageGroupDescription: group.description,
    CreationTime: new Date(group.createdAt),
    CreatedBy: userContext(group.createdBy),
    ModelPackageGroupStatus: "Completed",
  };
}

function listGroups(catalogue: RegistryCatalogue, input: ListModelPackageGroupsInput): ListModelPackageGroupsOutput {
  const found = catalogue
    .allGroups()
    .filter(({ name }) => name.includes(input.NameContains ?? ""))
    .filter(createdWithin(input));
  const { items, NextToken } = pageOf(found, input, {
    descending: input.SortOrder === "Descending",
    key: ({ name, createdAt }) => (input.SortBy === "Name" ? name : createdAt),
    id: ({ name }) => name,
  });
  return {
    ModelPackageGroupSummaryList: items.map((group) => ({
      ModelPackageGroupName: group.name,
      ModelPackageGroupArn: group.arn,
      ModelPackageGroupDescription: group.description,
      CreationTime: new Date(group.createdAt),
      ModelPackageGroupStatus: "Completed",
    })),
    NextToken,
  };
}

/** A filter by CreationTimeAfter and CreationTimeBefore; both ends excluded. */
export function createdWithin(input: {
  readonly CreationTimeAfter?: Date | undefined;
  readonly CreationTimeBefore?: Date | undefined;
}): (item: { readonly createdAt: number }) => boolean {
  return ({ createdAt }) =>
    (input.CreationTimeAfter === undefined || createdAt > input.CreationTimeAfter.getTime()) &&
    (input.CreationTimeBefore === undefined || createdAt < input.CreationTimeBefore.getTime());
}
