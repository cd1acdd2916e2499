import type { CreateModelPackageInput, ModelApprovalStatus, ModelPackageStatus } from "@aws-sdk/client-sagemaker";

/** A model package group. Times in records are epoch milliseconds. */
export interface ModelPackageGroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** The number of the newest version ever made; numbers are never used twice. */
  readonly latestVersion: number;
}

/** A change of a package's approval: the registry's memory of who decided what. */
export interface ApprovalRecord {
  readonly status: ModelApprovalStatus;
  readonly description?: string;
  readonly at: number;
  readonly by: string;
}

/** Members of the creation that are kept as they were given. */
export type PackageContent = Omit<
  CreateModelPackageInput,
  | "ModelPackageName"
  | "ModelPackageGroupName"
  | "Tags"
  | "ClientToken"
  | "ModelApprovalStatus"
  | "CustomerMetadataProperties"
>;

/** A model package: a version of a group, or one with a name of its own. */
export interface ModelPackageRecord {
  readonly arn: string;
  /** Name of an unversioned package; the group's name for versions. */
  readonly name: string;
  readonly group?: string;
  readonly version?: number;
  readonly status: ModelPackageStatus;
  readonly approval?: ModelApprovalStatus;
  readonly approvalDescription?: string;
  /** Every decision, oldest first. */
  readonly approvals: readonly ApprovalRecord[];
  readonly customerMetadata?: Readonly<Record<string, string>>;
  readonly content: PackageContent;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt?: number;
  readonly modifiedBy?: string;
  /** ClientToken of the creation. */
  readonly token?: string;
}
