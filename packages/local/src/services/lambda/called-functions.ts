import type {
  DeleteFunctionRequest,
  DeleteFunctionResponse,
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
} from "@aws-sdk/client-lambda";
import { type OperationTable, operation } from "../../service";
import type { FunctionAliases } from "./function-aliases";
import { configurationOf, type FunctionRecord, functionReference, LATEST, qualified } from "./function-record";
import type { FunctionVersions } from "./function-versions";
import type { Functions } from "./functions";
import { conflict, invalidParameter } from "./refusals";

/** What a call runs: a function as it is, or one of its versions, and the word by which it was called. */
export interface CalledFunction extends FunctionRecord {
  /** A version's number or an alias' name. @default called without one */
  readonly qualifier?: string;
}

/** Functions as clients name them: by name or ARN, with a version or an alias in it or beside it. */
export class CalledFunctions {
  constructor(
    private readonly functions: Functions,
    private readonly versions: FunctionVersions,
    private readonly aliases: FunctionAliases,
  ) {}

  operations(): OperationTable {
    return {
      GetFunction: operation<GetFunctionRequest, GetFunctionResponse>(({ FunctionName, Qualifier }) => {
        const record = this.described(FunctionName, Qualifier);
        return {
          Configuration: this.#view(record),
          Code: { RepositoryType: "S3", Location: `file://${record.folder}.zip` },
          ...(Object.keys(record.tags).length > 0 && { Tags: { ...record.tags } }),
        };
      }),
      GetFunctionConfiguration: operation<GetFunctionConfigurationRequest, FunctionConfiguration>((input) =>
        this.#view(this.described(input.FunctionName, input.Qualifier)),
      ),
      DeleteFunction: operation<DeleteFunctionRequest, DeleteFunctionResponse>(async (input) => {
        await this.#delete(input);
        return { StatusCode: 204 };
      }),
    };
  }

  /** What the next call runs; of an alias with two versions the one whose turn it is. @throws ServiceError ResourceNotFoundException */
  get(nameOrArn: string | undefined, beside?: string): CalledFunction {
    return this.find(nameOrArn, beside) ?? this.functions.missing(nameOrArn, beside);
  }

  /** The same. @default undefined where there is no such function */
  find(nameOrArn: string | undefined, beside?: string): CalledFunction | undefined {
    return this.#found(nameOrArn, beside, (name, alias) => this.aliases.next(name, alias));
  }

  /** What a name stands for, which takes no turn. @throws ServiceError ResourceNotFoundException */
  described(nameOrArn: string | undefined, beside?: string): CalledFunction {
    const found = this.#found(nameOrArn, beside, (name, alias) => this.aliases.main(name, alias));
    return found ?? this.functions.missing(nameOrArn, beside);
  }

  #found(
    nameOrArn: string | undefined,
    beside: string | undefined,
    versionOf: (name: string, alias: string) => string | undefined,
  ): CalledFunction | undefined {
    const { name, qualifier } = functionReference(nameOrArn, beside);
    if (qualifier === undefined) return this.functions.find(name);
    const version = qualifier === LATEST || /^\d+$/.test(qualifier) ? qualifier : versionOf(name, qualifier);
    const record = version === LATEST ? this.functions.find(name) : this.versions.find(name, version ?? "");
    return record && { ...record, qualifier };
  }

  #view(called: CalledFunction): FunctionConfiguration {
    const { arn, qualifier } = called;
    return { ...configurationOf(called), ...(qualifier !== undefined && { FunctionArn: qualified(arn, qualifier) }) };
  }

  async #delete({ FunctionName, Qualifier }: DeleteFunctionRequest): Promise<void> {
    const { name, version, qualifier } = this.described(FunctionName, Qualifier);
    if (qualifier === undefined) return this.functions.delete(name);
    if (qualifier !== version)
      throw invalidParameter(`${qualifier} is no version that could be deleted. Name its number.`);
    const [used] = this.aliases.namesOf(name, version);
    if (used === undefined) return this.versions.delete(name, version);
    throw conflict(`Version ${version} is served by the alias ${used}. Point the alias elsewhere first.`);
  }
}
