import { join } from "node:path";
import type {
  DescribeModelPackageOutput,
  ListModelPackageGroupsOutput,
  ListModelPackagesOutput,
} from "@aws-sdk/client-sagemaker";
import type { CloudEvent } from "../../../src/event-bus";
import { type FakeCloud, openFakeCloud, scratchFolder } from "../../support/fake-cloud";

const root = scratchFolder();
const group = "arn:aws:sagemaker:us-east-1:000000000000:model-package-group/churn";
const version = (n: number) => `arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/${n}`;

describe("the model registry", () => {
  let cloud: FakeCloud;
  let events: CloudEvent[];
  let folder = "";
  let folders = 0;
  const call = <O = Record<string, unknown>>(operation: string, input: object) =>
    cloud.invoke<O>("sagemaker", operation, input);

  beforeEach(async () => {
    folders += 1;
    folder = join(root, String(folders));
    cloud = await openFakeCloud(folder);
    events = [];
    cloud.bus.subscribe((event) => events.push(event));
    await call("CreateModelPackageGroup", {
      ModelPackageGroupName: "churn",
      ModelPackageGroupDescription: "who leaves",
    });
  });
  afterEach(() => cloud.close());

  const register = (more: object = {}) =>
    call<{ ModelPackageArn: string }>("CreateModelPackage", {
      ModelPackageGroupName: "churn",
      InferenceSpecification: { Containers: [{ Image: "image", ModelDataUrl: "s3://b/model.tar.gz" }] },
      ModelMetrics: {
        ModelQuality: { Statistics: { ContentType: "application/json", S3Uri: "s3://b/evaluation.json" } },
      },
      CustomerMetadataProperties: { manifest: "abc" },
      ...more,
    });

  it("numbers versions from 1 and never uses a number twice", async () => {
    expect((await register()).ModelPackageArn).toBe(version(1));
    expect((await register()).ModelPackageArn).toBe(version(2));
    await call("DeleteModelPackage", { ModelPackageName: version(2) });
    expect((await register()).ModelPackageArn).toBe(version(3));
    await expect(call("DescribeModelPackage", { ModelPackageName: version(2) })).rejects.toMatchObject({
      code: "ValidationException",
      message: `ModelPackage ${version(2)} does not exist.`,
    });
  });

  it("describes what was registered", async () => {
    await register({ ModelPackageDescription: "forest", MetadataProperties: { GeneratedBy: "arn:execution" } });
    expect(
      await call<DescribeModelPackageOutput>("DescribeModelPackage", { ModelPackageName: version(1) }),
    ).toMatchObject({
      ModelPackageName: "churn",
      ModelPackageGroupName: "churn",
      ModelPackageVersion: 1,
      ModelPackageStatus: "Completed",
      ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
      ModelApprovalStatus: "PendingManualApproval",
      ModelPackageDescription: "forest",
      ModelMetrics: { ModelQuality: { Statistics: { S3Uri: "s3://b/evaluation.json" } } },
      CustomerMetadataProperties: { manifest: "abc" },
      MetadataProperties: { GeneratedBy: "arn:execution" },
      CreatedBy: { IamIdentity: { Arn: "arn:aws:iam::000000000000:user/sagewright" } },
    });
  });

  it("approves with a reason, remembers who and when, and tells the bus", async () => {
    await register();
    await call("UpdateModelPackage", {
      ModelPackageArn: version(1),
      ModelApprovalStatus: "Approved",
      ApprovalDescription: "beats the champion",
      CustomerMetadataProperties: { ticket: "7" },
      CustomerMetadataPropertiesToRemove: ["manifest"],
    });
    expect(await call("DescribeModelPackage", { ModelPackageName: version(1) })).toMatchObject({
      ModelApprovalStatus: "Approved",
      ApprovalDescription: "beats the champion",
      CustomerMetadataProperties: { ticket: "7" },
      LastModifiedBy: { IamIdentity: { Arn: "arn:aws:iam::000000000000:user/sagewright" } },
      LastModifiedTime: expect.any(Date),
    });
    await call("UpdateModelPackage", { ModelPackageArn: version(1), ModelApprovalStatus: "Rejected" });
    expect(events.map(({ detail }) => detail.ModelApprovalStatus)).toEqual([
      "PendingManualApproval",
      "Approved",
      "Rejected",
    ]);
    expect(events[1]).toMatchObject({ detailType: "SageMaker Model Package State Change", resources: [version(1)] });
  });

  it("makes one package for one token", async () => {
    const [a, b] = await Promise.all([register({ ClientToken: "t" }), register({ ClientToken: "u" })]);
    expect(await register({ ClientToken: "t" })).toEqual(a);
    expect(b).not.toEqual(a);
  });

  it("lists versions by page and approval, newest first on demand", async () => {
    for (let n = 0; n < 12; n += 1) await register();
    await call("UpdateModelPackage", { ModelPackageArn: version(7), ModelApprovalStatus: "Approved" });
    const list = (more: object) =>
      call<ListModelPackagesOutput>("ListModelPackages", { ModelPackageGroupName: "churn", ...more });
    const first = await list({ SortOrder: "Descending", MaxResults: 5 });
    expect(first.ModelPackageSummaryList?.map((each) => each.ModelPackageVersion)).toEqual([12, 11, 10, 9, 8]);
    const second = await list({ SortOrder: "Descending", MaxResults: 5, NextToken: first.NextToken });
    expect(second.ModelPackageSummaryList?.map((each) => each.ModelPackageVersion)).toEqual([7, 6, 5, 4, 3]);
    const third = await list({ SortOrder: "Descending", MaxResults: 5, NextToken: second.NextToken });
    expect(third).toMatchObject({ ModelPackageSummaryList: [{ ModelPackageVersion: 2 }, { ModelPackageVersion: 1 }] });
    expect(third.NextToken).toBeUndefined();
    const approved = await list({ ModelApprovalStatus: "Approved" });
    expect(approved.ModelPackageSummaryList?.map((each) => each.ModelPackageArn)).toEqual([version(7)]);
    expect((await call<ListModelPackagesOutput>("ListModelPackages", {})).ModelPackageSummaryList).toEqual([]);
  });

  it("keeps groups: unique, listed, deleted only when empty", async () => {
    await expect(call("CreateModelPackageGroup", { ModelPackageGroupName: "churn" })).rejects.toMatchObject({
      code: "ValidationException",
      message: `Model Package Group already exists: ${group}`,
    });
    expect(await call("DescribeModelPackageGroup", { ModelPackageGroupName: group })).toMatchObject({
      ModelPackageGroupName: "churn",
      ModelPackageGroupStatus: "Completed",
      ModelPackageGroupDescription: "who leaves",
    });
    await register();
    await expect(call("DeleteModelPackageGroup", { ModelPackageGroupName: "churn" })).rejects.toMatchObject({
      code: "ConflictException",
    });
    await call("DeleteModelPackage", { ModelPackageName: version(1) });
    await call("DeleteModelPackageGroup", { ModelPackageGroupName: "churn" });
    expect(
      (await call<ListModelPackageGroupsOutput>("ListModelPackageGroups", {})).ModelPackageGroupSummaryList,
    ).toEqual([]);
    await expect(register()).rejects.toMatchObject({ message: `ModelPackageGroup ${group} does not exist.` });
  });

  it("tags what exists, and nothing else", async () => {
    await call("AddTags", {
      ResourceArn: group,
      Tags: [
        { Key: "team", Value: "crm" },
        { Key: "a", Value: "1" },
      ],
    });
    await call("DeleteTags", { ResourceArn: group, TagKeys: ["a"] });
    expect(await call("ListTags", { ResourceArn: group })).toEqual({
      Tags: [{ Key: "team", Value: "crm" }],
      NextToken: undefined,
    });
    await expect(call("ListTags", { ResourceArn: `${group}x` })).rejects.toMatchObject({
      code: "ValidationException",
      message: "Resource does not exist.",
    });
  });

  it("is there again after the cloud was closed", async () => {
    await register();
    await call("UpdateModelPackage", { ModelPackageArn: version(1), ModelApprovalStatus: "Approved" });
    await cloud.close();
    cloud = await openFakeCloud(folder);
    expect(await call("DescribeModelPackage", { ModelPackageName: version(1) })).toMatchObject({
      ModelApprovalStatus: "Approved",
    });
    expect((await register()).ModelPackageArn).toBe(version(2));
  });
});
