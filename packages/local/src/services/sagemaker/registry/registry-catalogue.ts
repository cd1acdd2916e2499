import { ServiceError, validationException } from "../../../errors";
import type { RoomDeps } from "../../../room";
import type { Collection } from "../../../state/store";
import type { ModelPackageGroupRecord, ModelPackageRecord } from "./records";

/** The model package groups of the account, and their packages. */
export class RegistryCatalogue {
  private readonly groups: Collection<ModelPackageGroupRecord>;
  private readonly packages: Collection<ModelPackageRecord>;
  private readonly prefix: string;
  /** The newest number given out in each group, also to packages that are still being written. */
  private readonly newest = new Map<string, number>();

  constructor(deps: Pick<RoomDeps, "store" | "region" | "accountId">) {
    this.groups = deps.store.collection("model-package-groups");
    this.packages = deps.store.collection("model-packages");
    this.prefix = `arn:aws:sagemaker:${deps.region}:${deps.accountId}`;
    for (const { name, latestVersion } of this.groups.values()) this.newest.set(name, latestVersion);
    // A package that was written just before a crash counts, although its group does not know of it yet.
    for (const { group, version = 0 } of this.packages.values()) {
      if (group !== undefined) this.newest.set(group, Math.max(version, this.newest.get(group) ?? 0));
    }
  }

  /** ARN of a group. */
  groupArn(name: string): string {
    return `${this.prefix}:model-package-group/${name}`;
  }

  /** ARN of a version of a group, or of a package with a name of its own. */
  packageArn(name: string, version?: number): string {
    return `${this.prefix}:model-package/${name}${version === undefined ? "" : `/${version}`}`;
  }

  /** A group by name or ARN; undefined when there is none. */
  findGroup(nameOrArn: string): ModelPackageGroupRecord | undefined {
    return this.groups.get(nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1));
  }

  /** A group by name or ARN. @throws ServiceError ValidationException */
  group(nameOrArn: string): ModelPackageGroupRecord {
    const found = this.findGroup(nameOrArn);
    if (found) return found;
    const arn = nameOrArn.startsWith("arn:") ? nameOrArn : this.groupArn(nameOrArn);
    throw validationException(`ModelPackageGroup ${arn} does not exist.`);
  }

  /** All groups. */
  allGroups(): ModelPackageGroupRecord[] {
    return this.groups.values();
  }

  /** A package by ARN or, without version, by name; undefined when there is none. */
  findPackage(nameOrArn: string): ModelPackageRecord | undefined {
    const [, tail = nameOrArn] = /:model-package\/(.+)$/.exec(nameOrArn) ?? [];
    return this.packages.get(keyOf(tail));
  }

  /** A package by ARN or name. @throws ServiceError ValidationException */
  package(nameOrArn: string): ModelPackageRecord {
    const found = this.findPackage(nameOrArn);
    if (found) return found;
    const arn = nameOrArn.startsWith("arn:") ? nameOrArn : this.packageArn(nameOrArn);
    throw validationException(`ModelPackage ${arn} does not exist.`);
  }

  /** All packages. */
  allPackages(): ModelPackageRecord[] {
    return this.packages.values();
  }

  /** Versions of a group. */
  versionsOf(group: string): ModelPackageRecord[] {
    return this.packages.values().filter((record) => record.group === group);
  }

  /** A number for the group's next package. No number is given out twice, also after packages were deleted. */
  nextVersion(group: string): number {
    const next = (this.newest.get(group) ?? 0) + 1;
    this.newest.set(group, next);
    return next;
  }

  /** Keeps a new version, then that its number is used: a crash in between leaves no gap. */
  async putVersion(record: ModelPackageRecord): Promise<void> {
    await this.putPackage(record);
    const group = record.group === undefined ? undefined : this.findGroup(record.group);
    if (group) await this.putGroup({ ...group, latestVersion: Math.max(group.latestVersion, record.version ?? 0) });
  }

  /** Keeps a group. */
  putGroup(group: ModelPackageGroupRecord): Promise<void> {
    return this.groups.put(group.name, group);
  }

  /** Keeps a package. */
  putPackage(record: ModelPackageRecord): Promise<void> {
    return this.packages.put(keyOf(record.arn.slice(record.arn.indexOf("/") + 1)), record);
  }

  /** Forgets a group. @throws ServiceError ConflictException when it still has packages */
  async deleteGroup(group: ModelPackageGroupRecord): Promise<void> {
    const versions = this.versionsOf(group.name);
    if (versions.length > 0) {
      throw new ServiceError(
        "ConflictException",
        `Cannot delete model package group ${group.arn}: it contains ${versions.length} model packages. Delete them first.`,
      );
    }
    this.newest.delete(group.name);
    await this.groups.delete(group.name);
  }

  /** Forgets a package. */
  deletePackage(record: ModelPackageRecord): Promise<void> {
    return this.packages.delete(keyOf(record.arn.slice(record.arn.indexOf("/") + 1)));
  }
}

/** Names hold neither slash nor dot. */
const keyOf = (tail: string): string => tail.replace("/", ".");
