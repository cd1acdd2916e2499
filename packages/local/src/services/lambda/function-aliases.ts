import { randomUUID } from "node:crypto";
import type {
  AliasConfiguration,
  AliasRoutingConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  GetAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import { LATEST, qualified } from "./function-record";
import type { FunctionVersions } from "./function-versions";
import type { Functions } from "./functions";
import { conflict, invalidParameter, notFound } from "./refusals";

/** A name for a version of a function, or for two between which its calls are divided. */
interface AliasRecord {
  readonly name: string;
  readonly function: string;
  readonly arn: string;
  readonly version: string;
  readonly description: string;
  /** Shares of the calls by version, beside `version` which has the rest. */
  readonly weights: Readonly<Record<string, number>>;
  readonly revision: string;
}

/** What an alias' other version is owed: whole calls of it are paid. */
const owed = new WeakMap<AliasRecord, number>();

/** The aliases of functions. */
export class FunctionAliases {
  readonly #records: Collection<AliasRecord>;

  constructor(
    deps: RoomDeps,
    private readonly functions: Functions,
    private readonly versions: FunctionVersions,
  ) {
    this.#records = deps.store.collection("function-aliases");
    functions.onDelete((name) => Promise.all(this.#of(name).map((alias) => this.#delete(name, alias.name))));
  }

  operations(): OperationTable {
    return {
      CreateAlias: operation<CreateAliasRequest, AliasConfiguration>((input) => this.#create(input)),
      GetAlias: operation<GetAliasRequest, AliasConfiguration>((input) => aliasView(this.#get(input))),
      UpdateAlias: operation<UpdateAliasRequest, AliasConfiguration>((input) => this.#update(input)),
      ListAliases: operation<ListAliasesRequest, ListAliasesResponse>(({ FunctionName, FunctionVersion }) => ({
        Aliases: this.#of(this.functions.get(FunctionName).name)
          .filter(({ version }) => FunctionVersion === undefined || version === FunctionVersion)
          .map(aliasView),
      })),
      DeleteAlias: operation<DeleteAliasRequest, object>(async ({ FunctionName, Name = "" }) => {
        await this.#delete(this.functions.get(FunctionName).name, Name);
        return {};
      }),
    };
  }

  /** The version that an alias stands for; beside it another may take a share. @default undefined where there is no such alias */
  main(name: string, alias: string): string | undefined {
    return this.#records.get(qualified(name, alias))?.version;
  }

  /** Names of a function's aliases that need a version. */
  namesOf(name: string, version: string): string[] {
    const needed = this.#of(name).filter((each) => each.version === version || version in each.weights);
    return needed.map((each) => each.name);
  }

  /**
   * The version that takes the next call of an alias. Shares are exact over the calls, as nowhere on AWS: of ten calls an alias with
   * a tenth gives one.
   *
   * @default undefined where there is no such alias
   */
  next(name: string, alias: string): string | undefined {
    const record = this.#records.get(qualified(name, alias));
    if (record === undefined) return undefined;
    const [[other, share] = ["", 0]] = Object.entries(record.weights);
    const due = (owed.get(record) ?? 0) + share;
    // A tenth ten times is a little less than one.
    const pays = due > 1 - 1e-9;
    owed.set(record, pays ? due - 1 : due);
    return pays ? other : record.version;
  }

  async #create(input: CreateAliasRequest): Promise<AliasConfiguration> {
    const { name: of, arn } = this.functions.get(input.FunctionName);
    const { Name: name = "", Description: description = "" } = input;
    const aliasArn = `${arn}:${name}`;
    if (this.#records.has(qualified(of, name))) throw conflict(`Alias already exists: ${aliasArn}`);
    const version = this.#version(of, input.FunctionVersion ?? "");
    const weights = this.#weights(of, version, input.RoutingConfig) ?? {};
    const record = { name, function: of, arn: aliasArn, version, description, weights, revision: randomUUID() };
    await this.#records.put(qualified(of, name), record);
    return aliasView(record);
  }

  async #update(input: UpdateAliasRequest): Promise<AliasConfiguration> {
    const former = this.#get(input);
    const version = this.#version(former.function, input.FunctionVersion ?? former.version);
    const record: AliasRecord = {
      ...former,
      version,
      description: input.Description ?? former.description,
      weights: this.#weights(former.function, version, input.RoutingConfig) ?? former.weights,
      revision: randomUUID(),
    };
    await this.#records.put(qualified(record.function, record.name), record);
    return aliasView(record);
  }

  async #delete(name: string, alias: string): Promise<void> {
    const key = qualified(name, alias);
    await Promise.all([this.#records.delete(key), this.functions.forget(key)]);
  }

  #of(name: string): AliasRecord[] {
    return this.#records.values().filter((each) => each.function === name);
  }

  #get({ FunctionName, Name = "" }: GetAliasRequest): AliasRecord {
    const { name, arn } = this.functions.get(FunctionName);
    const found = this.#records.get(qualified(name, Name));
    if (found) return found;
    throw notFound(`Cannot find alias arn: ${arn}:${Name}`);
  }

  #version(name: string, version: string): string {
    const there = version === LATEST || this.versions.find(name, version) !== undefined;
    return there ? version : this.functions.missing(name, version);
  }

  #weights(
    name: string,
    version: string,
    routing: AliasRoutingConfiguration | undefined,
  ): Record<string, number> | undefined {
    if (routing === undefined) return undefined;
    const weights = routing.AdditionalVersionWeights ?? {};
    const [other, second] = Object.keys(weights);
    if (other === undefined) return {};
    if (second !== undefined)
      throw invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1.");
    if (version === LATEST || other === LATEST)
      throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version.");
    if (other === version)
      throw invalidParameter(
        `Invalid function version ${other}. Function version ${other} is already included in routing configuration.`,
      );
    this.#version(name, other);
    return { ...weights };
  }
}

function aliasView({ name, arn, version, description, weights, revision }: AliasRecord): AliasConfiguration {
  return {
    ...{ AliasArn: arn, Name: name, FunctionVersion: version, Description: description, RevisionId: revision },
    ...(Object.keys(weights).length > 0 && { RoutingConfig: { AdditionalVersionWeights: { ...weights } } }),
  };
}
