import { randomUUID } from "node:crypto";
import type {
  CreateFunctionRequest,
  FunctionConfiguration,
  ListFunctionsRequest,
  ListFunctionsResponse,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import { archiveOf, unpack } from "./archives";
import type { FunctionLayers } from "./function-layers";
import { configurationOf, type FunctionRecord, functionName, functionReference, qualified } from "./function-record";
import { conflict, invalidParameter, notFound } from "./refusals";

/** The functions of a cloud and their code, as they are now. */
export class Functions {
  private readonly records: Collection<FunctionRecord>;

  readonly #listeners: ((name: string) => void)[] = [];
  readonly #belongings: ((name: string) => Promise<unknown>)[] = [];

  constructor(
    private readonly deps: RoomDeps,
    private readonly layers: FunctionLayers,
  ) {
    this.records = deps.store.collection("functions");
  }

  /** Told of each function that has been created, changed or deleted. */
  onChange(listener: (name: string) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Told of each function, version and alias that is deleted, by its name or as `name:qualifier`: it takes away what belongs to it.
   * The deletion is answered when that is durable.
   */
  onDelete(listener: (name: string) => Promise<unknown>): void {
    this.#belongings.push(listener);
  }

  /** Takes away what belongs to a function, a version or an alias. */
  async forget(name: string): Promise<void> {
    await Promise.all(this.#belongings.map((listener) => listener(name)));
  }

  /** The function, if there is one. */
  find(nameOrArn: string): FunctionRecord | undefined {
    return this.records.get(functionName(nameOrArn));
  }

  operations(): OperationTable {
    return {
      CreateFunction: operation<CreateFunctionRequest, FunctionConfiguration>((input) => this.create(input)),
      ListFunctions: operation<ListFunctionsRequest, ListFunctionsResponse>((input) => this.list(input)),
      UpdateFunctionCode: operation<UpdateFunctionCodeRequest, FunctionConfiguration>((input) =>
        this.change(input.FunctionName, async () =>
          this.unpack(functionName(input.FunctionName ?? ""), await archiveOf(this.deps.objects, input)),
        ),
      ),
      UpdateFunctionConfiguration: operation<UpdateFunctionConfigurationRequest, FunctionConfiguration>((input) =>
        this.change(input.FunctionName, async () => this.settingsOf(input)),
      ),
    };
  }

  /** Takes a function away, with whatever belongs to it. */
  async delete(name: string): Promise<void> {
    await Promise.all([this.records.delete(name), this.forget(name)]);
    this.tell(name);
  }

  /** @throws ServiceError ResourceNotFoundException */
  get(nameOrArn = ""): FunctionRecord {
    return this.find(nameOrArn) ?? this.missing(functionName(nameOrArn));
  }

  /** @throws ServiceError ResourceNotFoundException, which names what was asked for */
  missing(nameOrArn: string | undefined, beside?: string): never {
    const { name, qualifier } = functionReference(nameOrArn, beside);
    throw notFound(`Function not found: ${qualified(this.arnOf(name), qualifier)}`);
  }

  private tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  private arnOf(name: string): string {
    return `arn:aws:lambda:${this.deps.region}:${this.deps.accountId}:function:${name}`;
  }

  private async create(input: CreateFunctionRequest): Promise<FunctionConfiguration> {
    const name = functionName(input.FunctionName ?? "");
    if (this.records.has(name)) throw conflict(`Function already exist: ${name}`);
    const { Runtime: runtime, Handler: handler } = input;
    if (runtime === undefined || handler === undefined) {
      throw invalidParameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
      );
    }
    if (!/^(nodejs|python)/.test(runtime)) {
      throw invalidParameter(`The embedded cloud runs Node.js and Python functions, not ${runtime}.`);
    }
    const code = this.unpack(name, await archiveOf(this.deps.objects, input.Code ?? {}));
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
      ...this.settingsOf(input),
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

  private unpack(name: string, zip: Uint8Array) {
    return unpack(this.deps.store.path("functions", name), zip);
  }

  private settingsOf(input: CreateFunctionRequest | UpdateFunctionConfigurationRequest): Partial<FunctionRecord> {
    return {
      ...(input.Runtime !== undefined && { runtime: input.Runtime }),
      ...(input.Handler !== undefined && { handler: input.Handler }),
      ...(input.Role !== undefined && { role: input.Role }),
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.Timeout !== undefined && { timeout: input.Timeout }),
      ...(input.MemorySize !== undefined && { memory: input.MemorySize }),
      ...(input.Environment?.Variables && { environment: input.Environment.Variables }),
      ...(input.Layers !== undefined && this.layers.ofFunction(input.Layers)),
      ...(input.DeadLetterConfig !== undefined && { deadLetters: input.DeadLetterConfig.TargetArn ?? "" }),
    };
  }
}
