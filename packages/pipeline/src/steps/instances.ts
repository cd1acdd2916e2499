import type { Value } from "../expressions/expression";

/** Machines of a job. */
export interface Instances {
  /** @default "ml.m5.large" */
  readonly type?: Value<string>;
  /** @default 1 */
  readonly count?: Value<number>;
  /** Disk of each machine in GB. @default 30 */
  readonly volumeGb?: Value<number>;
  readonly volumeKmsKeyId?: Value<string>;
}

/** The members that every job's cluster has. */
export function cluster(instances: Instances = {}) {
  return {
    InstanceType: instances.type ?? "ml.m5.large",
    InstanceCount: instances.count ?? 1,
    VolumeSizeInGB: instances.volumeGb ?? 30,
    VolumeKmsKeyId: instances.volumeKmsKeyId,
  };
}

/** Network of a job. */
export interface Network {
  readonly subnets: readonly Value<string>[];
  readonly securityGroupIds: readonly Value<string>[];
}

/** VpcConfig of a network. */
export function vpcConfig(network: Network | undefined) {
  return network && { Subnets: network.subnets, SecurityGroupIds: network.securityGroupIds };
}

/** Tags of an AWS resource by key. */
export type Tags = Readonly<Record<string, Value<string>>>;

/** The API's form of tags. */
export function tagList(tags: Tags | undefined) {
  return tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
