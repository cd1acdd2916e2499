import { type PipelineDefinition, parseDefinition } from "@sagewright/pipeline";
import { ServiceError } from "../../../errors";
import type { RoomDeps } from "../../../room";
import type { Collection } from "../../../state/store";
import { type PipelineRecord, type PipelineVersionRecord, versionKey } from "./records";

/** The pipelines of the account and the versions of their definitions. */
export class PipelineCatalogue {
  private readonly pipelines: Collection<PipelineRecord>;
  private readonly versions: Collection<PipelineVersionRecord>;

  constructor(private readonly deps: Pick<RoomDeps, "store" | "region" | "accountId">) {
    this.pipelines = deps.store.collection("pipelines");
    this.versions = deps.store.collection("pipeline-versions");
  }

  /** The ARN that a pipeline of this name has. */
  arnOf(name: string): string {
    return `arn:aws:sagemaker:${this.deps.region}:${this.deps.accountId}:pipeline/${name}`;
  }

  /** A pipeline by name or ARN; undefined when there is none. */
  find(nameOrArn: string): PipelineRecord | undefined {
    return this.pipelines.get(nameOf(nameOrArn));
  }

  /** A pipeline by name or ARN. @throws ServiceError ResourceNotFound */
  get(nameOrArn: string): PipelineRecord {
    const found = this.find(nameOrArn);
    if (found) return found;
    throw new ServiceError("ResourceNotFound", `Pipeline '${this.arnOf(nameOf(nameOrArn))}' does not exist.`);
  }

  /** All pipelines. */
  all(): PipelineRecord[] {
    return this.pipelines.values();
  }

  /** A version of a pipeline, by default the newest. @throws ServiceError ResourceNotFound */
  version(pipeline: PipelineRecord, id: number = pipeline.latestVersion): PipelineVersionRecord {
    const found = this.versions.get(versionKey(pipeline.name, id));
    if (found) return found;
    throw new ServiceError("ResourceNotFound", `Pipeline version ${id} of pipeline '${pipeline.arn}' does not exist.`);
  }

  /** Versions of a pipeline, oldest first. */
  versionsOf(pipeline: PipelineRecord): PipelineVersionRecord[] {
    return Array.from({ length: pipeline.latestVersion }, (_, index) => this.version(pipeline, index + 1));
  }

  /** The definition of a version, parsed. */
  definition(version: PipelineVersionRecord): PipelineDefinition {
    return parseDefinition(version.definition);
  }

  /** Keeps a pipeline. */
  put(pipeline: PipelineRecord): Promise<void> {
    return this.pipelines.put(pipeline.name, pipeline);
  }

  /** Keeps a version. */
  putVersion(version: PipelineVersionRecord): Promise<void> {
    return this.versions.put(versionKey(version.pipelineName, version.id), version);
  }

  /** Forgets a pipeline and its versions. */
  async delete(pipeline: PipelineRecord): Promise<void> {
    await this.pipelines.delete(pipeline.name);
    await Promise.all(this.versionsOf(pipeline).map(({ id }) => this.versions.delete(versionKey(pipeline.name, id))));
  }
}

/** Clients name pipelines by name or ARN, whose last part is the name. */
const nameOf = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);
