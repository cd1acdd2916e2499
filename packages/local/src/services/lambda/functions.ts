import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type {
  CreateFunctionRequest,
  DeleteFunctionRequest,
  DeleteFunctionResponse,
  FunctionCode,
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import { configurationOf, type FunctionRecord, functionName } from "./function-record";
import { unzip } from "./unzip";

/** The functions of a cloud and their code. */
export class Functions {
  private readonly records: Collection<FunctionRecord>;

  readonly #listeners: ((name: string) => void)[] = [];

  constructor(private readonly deps: RoomDeps) {
    this.records = deps.store.collection("functions");
  }

  /** Told of each function that has been created, changed or deleted. */
  onChange(listener: (name: string) => void): void {
    this.#listeners.push(listener);
  }

  /** The function, if there is one. */
  find(nameOrArn: string): FunctionRecord | undefined {
    return this.records.get(functionName(nameOrArn));
  }

  operations(): OperationTable {
    return {
      CreateFunction: operation<CreateFunctionRequest, FunctionConfiguration>((input) => this.create(input)),
      GetFunction: operation<GetFunctionRequest, GetFunctionResponse>((input) => this.describe(input)),
      GetFunctionConfiguration: operation<GetFunctionConfigurationRequest, FunctionConfiguration>((input) =>
        configurationOf(this.get(input.FunctionName)),
      ),
      ListFunctions: operation<ListFunctionsRequest, ListFunctionsResponse>((input) => this.list(input)),
      UpdateFunctionCode: operation<UpdateFunctionCodeRequest, FunctionConfiguration>((input) =>
        this.change(input.FunctionName, async () =>
          this.unpack(functionName(input.FunctionName ?? ""), await this.archive(input)),
        ),
      ),
      UpdateFunctionConfiguration: operation<UpdateFunctionConfigurationRequest, FunctionConfiguration>((input) =>
        this.change(input.FunctionName, async () => settingsOf(input)),
      ),
      DeleteFunction: operation<DeleteFunctionRequest, DeleteFunctionResponse>(async (input) => {
        const { name } = this.get(input.FunctionName);
        await this.records.delete(name);
        this.tell(name);
        return { StatusCode: 204 };
      }),
    };
  }

  /** @throws ServiceError ResourceNotFoundException */
  get(nameOrArn = ""): FunctionRecord {
    const name = functionName(nameOrArn);
    const found = this.records.get(name);
    if (found) return found;
    throw new ServiceError("ResourceNotFoundException", `Function not found: ${this.arnOf(name)}`, { status: 404 });
  }

  private tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  private arnOf(name: string): string {
    return `arn:aws:lambda:${this.deps.region}:${this.deps.accountId}:function:${name}`;
  }

  private async create(input: CreateFunctionRequest): Promise<FunctionConfiguration> {
    const name = functionName(input.FunctionName ?? "");
    if (this.records.has(name)) {
      throw new ServiceError("ResourceConflictException", `Function already exist: ${name}`, { status: 409 });
    }
    const { Runtime: runtime, Handler: handler } = input;
    if (runtime === undefined || handler === undefined) {
      throw invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
    }
    if (!/^(nodejs|python)/.test(runtime)) {
      throw invalid(`The embedded cloud runs Node.js and Python functions, not ${runtime}.`);
    }
    const code = this.unpack(name, await this.archive(input.Code ?? {}));
    const record: FunctionRecord = {
      name,
      arn: this.arnOf(name),
      runtime,
      handler,
      role: input.Role ?? "",
      timeout: 3,
      memory: 128,
      environment: {},
      tags: input.Tags ?? {},
      ...settingsOf(input),
      ...code,
      modifiedAt: this.deps.clock.now().getTime(),
      revision: randomUUID(),
    };
    await this.records.put(name, record);
    this.tell(name);
    return configurationOf(record);
  }

  private async change(
    nameOrArn: string | undefined,
    changes: () => Promise<Partial<FunctionRecord>>,
  ): Promise<FunctionConfiguration> {
    const { name } = this.get(nameOrArn);
    const changed = await changes();
    const record = {
      ...this.get(name),
      ...changed,
      modifiedAt: this.deps.clock.now().getTime(),
      revision: randomUUID(),
    };
    await this.records.put(name, record);
    this.tell(name);
    return configurationOf(record);
  }

  private describe(input: GetFunctionRequest): GetFunctionResponse {
    const record = this.get(input.FunctionName);
    return {
      Configuration: configurationOf(record),
      Code: { RepositoryType: "S3", Location: `file://${record.folder}.zip` },
      ...(Object.keys(record.tags).length > 0 && { Tags: { ...record.tags } }),
    };
  }

  private list(input: ListFunctionsRequest): ListFunctionsResponse {
    const names = this.records
      .values()
      .map(({ name }) => name)
      .sort()
      .filter((name) => input.Marker === undefined || name > input.Marker);
    const page = names.slice(0, input.MaxItems ?? 50);
    return {
      Functions: page.map((name) => configurationOf(this.get(name))),
      ...(page.length < names.length && { NextMarker: page.at(-1) }),
    };
  }

  private async archive(code: FunctionCode): Promise<Uint8Array> {
    if (code.ZipFile) return code.ZipFile;
    if (code.S3Bucket === undefined || code.S3Key === undefined)
      throw invalid("Give the code as ZipFile, or as S3Bucket and S3Key.");
    const found = await this.deps.objects.get(code.S3Bucket, code.S3Key);
    if (!found)
      throw invalid(`Error occurred while GetObject. S3 Error Code: NoSuchKey. s3://${code.S3Bucket}/${code.S3Key}`);
    return readFileSync(found.file);
  }

  /** Files of different code lie side by side, so that a call under way keeps its own. */
  private unpack(name: string, zip: Uint8Array): Pick<FunctionRecord, "codeSha256" | "codeSize" | "folder"> {
    const entries = unzip(zip);
    const digest = createHash("sha256").update(zip).digest();
    const folder = this.deps.store.path("functions", name, digest.toString("hex").slice(0, 16));
    mkdirSync(folder, { recursive: true });
    for (const { path, bytes, executable } of entries) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes, { mode: executable ? 0o755 : 0o644 });
    }
    writeFileSync(`${folder}.zip`, zip);
    return { codeSha256: digest.toString("base64"), codeSize: zip.byteLength, folder };
  }
}

function settingsOf(input: CreateFunctionRequest | UpdateFunctionConfigurationRequest): Partial<FunctionRecord> {
  return {
    ...(input.Runtime !== undefined && { runtime: input.Runtime }),
    ...(input.Handler !== undefined && { handler: input.Handler }),
    ...(input.Role !== undefined && { role: input.Role }),
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.Timeout !== undefined && { timeout: input.Timeout }),
    ...(input.MemorySize !== undefined && { memory: input.MemorySize }),
    ...(input.Environment?.Variables && { environment: input.Environment.Variables }),
    ...(input.DeadLetterConfig !== undefined && { deadLetters: input.DeadLetterConfig.TargetArn ?? "" }),
  };
}

const invalid = (message: string): ServiceError => new ServiceError("InvalidParameterValueException", message);
