import type { Findings } from "./findings";
import { parseS3 } from "./s3-address";
import type { ObjectList } from "./verify-objects";

/** Records by kind and by the key they are kept under, as JSON. */
export type RecordList = ReadonlyMap<string, ReadonlyMap<string, Readonly<Record<string, unknown>>>>;

/** What the state knows, for references to be held against. */
export interface KnownState {
  readonly records: RecordList;
  readonly objects: ObjectList;
  /** Ids of the executions that have a journal. */
  readonly journals: ReadonlySet<string>;
}

/** Holds what records say of one another, and of objects, against what is there. */
export function verifyReferences(state: KnownState, findings: Findings): void {
  const check = new References(state, findings);
  check.executions();
  check.packages();
  check.endpoints();
}

class References {
  constructor(
    private readonly state: KnownState,
    private readonly findings: Findings,
  ) {}

  executions(): void {
    const executions = this.all("pipeline-executions");
    for (const [key, { pipelineName, version }] of executions) {
      this.needs("pipeline-executions", key, "pipelines", String(pipelineName));
      if (version !== undefined)
        this.needs("pipeline-executions", key, "pipeline-versions", `${pipelineName}.${version}`);
      this.holds(
        this.state.journals.has(key),
        "pipeline-executions",
        key,
        `its journal executions/${key}/journal.jsonl`,
      );
    }
    for (const id of this.state.journals)
      if (!executions.some(([key]) => key === id))
        this.findings.notes.push(
          `executions/${id}: a journal of a run that no record knows, left by a start that was cut off`,
        );
  }

  packages(): void {
    for (const [key, { group, content }] of this.all("model-packages")) {
      if (group !== undefined) this.needs("model-packages", key, "model-package-groups", String(group));
      for (const uri of addresses(content, /^(ModelDataUrl|S3Uri)$/)) this.object("model-packages", key, uri);
    }
  }

  endpoints(): void {
    for (const [key, { configName }] of this.all("endpoints"))
      if (configName !== undefined) this.needs("endpoints", key, "endpoint-configs", String(configName));
    for (const [key, { request }] of this.all("endpoint-configs")) {
      const variants = (request as { ProductionVariants?: { ModelName?: string }[] } | undefined)?.ProductionVariants;
      for (const { ModelName } of variants ?? [])
        if (ModelName !== undefined) this.needs("endpoint-configs", key, "models", ModelName);
    }
  }

  private all(kind: string): [string, Readonly<Record<string, unknown>>][] {
    return [...(this.state.records.get(kind) ?? [])];
  }

  private needs(kind: string, key: string, other: string, name: string): void {
    this.holds(this.state.records.get(other)?.has(name) === true, kind, key, `${other}/${name}`);
  }

  private object(kind: string, key: string, uri: string): void {
    const at = parseS3(uri);
    const bucket = at === undefined ? undefined : this.state.objects.get(at.bucket);
    // Another account's bucket is none of ours.
    if (at === undefined || bucket === undefined) return;
    const there = bucket.has(at.key) || [...bucket.keys()].some((each) => each.startsWith(`${at.key}/`));
    this.holds(there, kind, key, uri);
  }

  private holds(there: boolean, kind: string, key: string, what: string): void {
    this.findings.checked.references += 1;
    if (!there) this.findings.add("reference_broken", `records/${kind}/${key}`, `${what} is not there`);
  }
}

/** Every S3 address under members of a name, however deep. */
function addresses(value: unknown, name: RegExp): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === "string" && name.test(key) && member.startsWith("s3://") ? [member] : addresses(member, name),
  );
}
