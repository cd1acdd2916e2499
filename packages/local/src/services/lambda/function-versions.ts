import type {
  FunctionConfiguration,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
  PublishVersionRequest,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Collection } from "../../state/store";
import { configurationOf, type FunctionRecord, qualified } from "./function-record";
import type { Functions } from "./functions";
import { invalidParameter } from "./refusals";

/** A published version: the function as it was, which nothing changes. */
type VersionRecord = FunctionRecord & { readonly version: string };

/** The versions of functions; their numbers are not given again. */
export class FunctionVersions {
  readonly #records: Collection<VersionRecord>;
  readonly #lasts: Collection<{ readonly number: number }>;

  constructor(
    private readonly deps: RoomDeps,
    private readonly functions: Functions,
  ) {
    this.#records = deps.store.collection("function-versions");
    this.#lasts = deps.store.collection("function-version-numbers");
    functions.onDelete((name) =>
      Promise.all([this.#lasts.delete(name), ...this.of(name).map(({ version }) => this.delete(name, version))]),
    );
  }

  operations(): OperationTable {
    return {
      PublishVersion: operation<PublishVersionRequest, FunctionConfiguration>((input) => this.#publish(input)),
      ListVersionsByFunction: operation<ListVersionsByFunctionRequest, ListVersionsByFunctionResponse>(
        ({ FunctionName }) => {
          const latest = this.functions.get(FunctionName);
          return { Versions: [latest, ...this.of(latest.name)].map(configurationOf) };
        },
      ),
    };
  }

  /** The versions of a function, oldest first. */
  of(name: string): VersionRecord[] {
    return this.#records
      .values()
      .filter((each) => each.name === name)
      .sort((a, b) => Number(a.version) - Number(b.version));
  }

  find(name: string, version: string): VersionRecord | undefined {
    return this.#records.get(qualified(name, version));
  }

  async delete(name: string, version: string): Promise<void> {
    const key = qualified(name, version);
    await Promise.all([this.#records.delete(key), this.functions.forget(key)]);
  }

  /** What has not changed since the last version is that version. */
  async #publish(input: PublishVersionRequest): Promise<FunctionConfiguration> {
    const latest = this.functions.get(input.FunctionName);
    const { name } = latest;
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== latest.codeSha256) {
      const message = `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`;
      throw invalidParameter(message);
    }
    const last = this.of(name).at(-1);
    if (last?.revision === latest.revision) return configurationOf(last);
    const number = Math.max(this.#lasts.get(name)?.number ?? 0, Number(last?.version ?? 0)) + 1;
    const record: VersionRecord = {
      ...latest,
      version: String(number),
      ...(input.Description !== undefined && { description: input.Description }),
      modifiedAt: this.deps.clock.now().getTime(),
    };
    // Visible at once: whoever publishes the same at the same time gets this version.
    await Promise.all([this.#lasts.put(name, { number }), this.#records.put(qualified(name, record.version), record)]);
    return configurationOf(record);
  }
}
