import { createHash } from "node:crypto";
import { explainMiss, type JsonObject } from "@sagewright/pipeline";
import type { Objects } from "../services/s3/objects";
import type { Collection } from "../state/store";
import { parseS3Uri } from "./read-values";
import type { CacheMiss } from "./reducer/state";

/** A success that later runs of the step may use. */
export interface CachedResult {
  readonly pipelineName: string;
  readonly step: string;
  readonly kind: string;
  /** Everything that decides whether another run is equal. */
  readonly attributes: JsonObject;
  readonly executionArn: string;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  readonly properties: JsonObject;
  readonly arn?: string;
  /** What the result refers to in S3, and how many objects were there. */
  readonly outputs: readonly { readonly uri: string; readonly objects: number }[];
}

/** What is looked for. */
export interface CacheQuestion {
  readonly pipelineName: string;
  readonly step: string;
  readonly kind: string;
  readonly attributes: JsonObject;
  /** @default results never expire */
  readonly expireAfterMs?: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A hit, or why there is none. */
export type CacheAnswer = { readonly result: CachedResult } | { readonly miss: CacheMiss };

/** How many different results of one step are kept. */
const keptPerStep = 50;

/** The step cache: the newest success of every step for every value of its key attributes. */
export class StepCache {
  private readonly byStep = new Map<string, CachedResult[]>();
  private readonly keeping = new Set<Promise<void>>();

  constructor(
    private readonly records: Collection<CachedResult>,
    private readonly objects: Objects,
  ) {
    for (const result of records.values()) this.listOf(result).push(result);
    for (const list of this.byStep.values()) list.sort((a, b) => a.endedAt - b.endedAt);
  }

  /** Looks for an equal earlier success whose outputs still exist. */
  async find(question: CacheQuestion): Promise<CacheAnswer> {
    await this.settled();
    const result = this.records.get(cacheKey(question));
    if (!result) return { miss: this.missOf(question) };
    const { executionArn: comparedWith, endedAt } = result;
    if (question.expireAfterMs !== undefined && endedAt + question.expireAfterMs < question.at) {
      return { miss: { reason: "expired", comparedWith, endedAt } };
    }
    for (const { uri, objects } of result.outputs) {
      if ((await this.count(uri)) < objects) return { miss: { reason: "outputs_missing", comparedWith, missing: uri } };
    }
    return { result };
  }

  /** Keeps a success. Questions asked from now on see it. A result that cannot be kept only costs a later run of the step. */
  keep(result: Omit<CachedResult, "outputs">, outputs: readonly string[]): void {
    const kept = this.write(result, outputs).catch(() => undefined);
    this.keeping.add(kept);
    void kept.finally(() => this.keeping.delete(kept));
  }

  /** Resolves when everything kept so far is durable. */
  async settled(): Promise<void> {
    await Promise.all(this.keeping);
  }

  private async write(result: Omit<CachedResult, "outputs">, outputs: readonly string[]): Promise<void> {
    const counted = await Promise.all(outputs.map(async (uri) => ({ uri, objects: await this.count(uri) })));
    const record = { ...result, outputs: counted };
    const key = cacheKey(result);
    const known = this.records.get(key);
    if (known && known.endedAt > record.endedAt) return;
    const list = this.listOf(result);
    if (known) list.splice(list.indexOf(known), 1);
    list.push(record);
    await this.records.put(key, record);
    for (const oldest of list.splice(0, Math.max(0, list.length - keptPerStep))) {
      await this.records.delete(cacheKey(oldest));
    }
  }

  /** Forgets everything about a pipeline. */
  async forget(pipelineName: string): Promise<void> {
    for (const result of this.records.values()) {
      if (result.pipelineName !== pipelineName) continue;
      this.byStep.delete(stepKey(result));
      await this.records.delete(cacheKey(result));
    }
  }

  private missOf(question: CacheQuestion): CacheMiss {
    const newest = this.listOf(question).at(-1);
    if (!newest) return { reason: "first_run" };
    return {
      reason: "changed",
      comparedWith: newest.executionArn,
      changes: explainMiss(newest.attributes, question.attributes),
    };
  }

  private listOf(step: Pick<CachedResult, "pipelineName" | "step" | "kind">): CachedResult[] {
    const key = stepKey(step);
    const list = this.byStep.get(key) ?? [];
    this.byStep.set(key, list);
    return list;
  }

  private async count(uri: string): Promise<number> {
    const place = parseS3Uri(uri);
    if (!place) return 0;
    const folder = place.key.endsWith("/") ? place.key : `${place.key}/`;
    const found = await this.objects.list(place.bucket, place.key);
    return found.filter(({ key }) => key === place.key || key.startsWith(folder)).length;
  }
}

const stepKey = ({ pipelineName, step, kind }: Pick<CachedResult, "pipelineName" | "step" | "kind">): string =>
  [pipelineName, kind, step].join("\n");

function cacheKey(question: Pick<CachedResult, "pipelineName" | "step" | "kind" | "attributes">): string {
  const text = JSON.stringify([stepKey(question), sorted(question.attributes)]);
  return createHash("sha256").update(text).digest("hex");
}

/** The same value with object members in one order, so that equal attributes have one key. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
