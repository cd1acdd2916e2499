import { createHash } from "node:crypto";
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import type {
  DeleteLayerVersionRequest,
  GetLayerVersionByArnRequest,
  GetLayerVersionRequest,
  GetLayerVersionResponse,
  ListLayerVersionsRequest,
  ListLayerVersionsResponse,
  PublishLayerVersionRequest,
  PublishLayerVersionResponse,
  Runtime,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import { archiveOf, type UnpackedArchive, unpack } from "./archives";
import { type FunctionRecord, lambdaTime } from "./function-record";
import { invalidParameter, notFound } from "./refusals";

/** A version of a layer. */
interface LayerVersion extends UnpackedArchive {
  readonly arn: string;
  readonly layerArn: string;
  readonly version: number;
  readonly description: string;
  readonly runtimes: readonly Runtime[];
  readonly createdAt: number;
  /** Functions that have it keep it, nobody else finds it, and its number is not given again. */
  readonly deleted: boolean;
}

/** Archives that functions carry beside their code, by name and number. */
export class FunctionLayers {
  readonly #records: Collection<LayerVersion>;

  constructor(private readonly deps: RoomDeps) {
    this.#records = deps.store.collection("function-layers");
  }

  operations(): OperationTable {
    return {
      PublishLayerVersion: operation<PublishLayerVersionRequest, PublishLayerVersionResponse>((input) =>
        this.#publish(input),
      ),
      GetLayerVersion: operation<GetLayerVersionRequest, GetLayerVersionResponse>(({ LayerName, VersionNumber }) =>
        this.#view(this.#get(`${this.#arnOf(LayerName)}:${VersionNumber}`)),
      ),
      GetLayerVersionByArn: operation<GetLayerVersionByArnRequest, GetLayerVersionResponse>(({ Arn = "" }) =>
        this.#view(this.#get(Arn)),
      ),
      ListLayerVersions: operation<ListLayerVersionsRequest, ListLayerVersionsResponse>(({ LayerName }) => ({
        LayerVersions: this.#versionsOf(this.#arnOf(LayerName))
          .filter(({ deleted }) => !deleted)
          .sort((a, b) => b.version - a.version)
          .map(described),
      })),
      DeleteLayerVersion: operation<DeleteLayerVersionRequest, object>(async ({ LayerName, VersionNumber }) => {
        const found = this.#records.get(`${this.#arnOf(LayerName)}:${VersionNumber}`);
        if (found !== undefined) await this.#records.put(found.arn, { ...found, deleted: true });
        return {};
      }),
    };
  }

  /**
   * What a function with these layers has, and the folder that stands for its `/opt`: the files of its layers, later ones over
   * earlier ones.
   *
   * @throws ServiceError InvalidParameterValueException for a layer that is not there
   */
  ofFunction(arns: readonly string[]): Pick<FunctionRecord, "layers" | "opt"> {
    const found = arns.map((arn) => {
      const layer = this.#records.get(arn);
      if (layer !== undefined && !layer.deleted) return layer;
      throw invalidParameter(`Layer version ${arn} does not exist.`);
    });
    const layers = found.map(({ arn, codeSize }) => ({ arn, codeSize }));
    const [only, second] = found;
    if (only === undefined) return { layers, opt: "" };
    if (second === undefined) return { layers, opt: only.folder };
    const digest = createHash("sha256").update(arns.join("\n")).digest("hex");
    const opt = this.deps.store.path("functions", "layers", "merged", digest.slice(0, 16));
    // Layers never change, so neither does what is made of them; a call under way may be reading it.
    if (!existsSync(opt)) {
      const making = `${opt}.making`;
      rmSync(making, { recursive: true, force: true });
      for (const { folder } of found) cpSync(folder, making, { recursive: true });
      renameSync(making, opt);
    }
    return { layers, opt };
  }

  async #publish(input: PublishLayerVersionRequest): Promise<PublishLayerVersionResponse> {
    const layerArn = this.#arnOf(input.LayerName);
    const archive = await archiveOf(this.deps.objects, input.Content ?? {});
    const version = Math.max(0, ...this.#versionsOf(layerArn).map((each) => each.version)) + 1;
    const name = layerArn.slice(layerArn.lastIndexOf(":") + 1);
    const record: LayerVersion = {
      arn: `${layerArn}:${version}`,
      ...{ layerArn, version, description: input.Description ?? "", runtimes: input.CompatibleRuntimes ?? [] },
      ...unpack(this.deps.store.path("functions", "layers", name), archive),
      ...{ createdAt: this.deps.clock.now().getTime(), deleted: false },
    };
    await this.#records.put(record.arn, record);
    return this.#view(record);
  }

  #view(record: LayerVersion): GetLayerVersionResponse {
    const { layerArn, codeSha256, codeSize, folder } = record;
    const Content = { Location: `file://${folder}.zip`, CodeSha256: codeSha256, CodeSize: codeSize };
    return { Content, LayerArn: layerArn, ...described(record) };
  }

  #get(arn: string): LayerVersion {
    const found = this.#records.get(arn);
    if (found !== undefined && !found.deleted && existsSync(found.folder)) return found;
    throw notFound();
  }

  #versionsOf(layerArn: string): LayerVersion[] {
    return this.#records.values().filter((each) => each.layerArn === layerArn);
  }

  #arnOf(nameOrArn = ""): string {
    if (nameOrArn.startsWith("arn:")) return nameOrArn;
    return `arn:aws:lambda:${this.deps.region}:${this.deps.accountId}:layer:${nameOrArn}`;
  }
}

function described({ arn, version, description, runtimes, createdAt }: LayerVersion) {
  return {
    ...{ LayerVersionArn: arn, Version: version, Description: description },
    CreatedDate: lambdaTime(createdAt),
    ...(runtimes.length > 0 && { CompatibleRuntimes: [...runtimes] }),
  };
}
