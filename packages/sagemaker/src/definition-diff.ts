import {
  allSteps,
  type CacheDifference,
  cacheKeyAttributes,
  explainMiss,
  graph,
  type Json,
  type PipelineDefinition,
  parseDefinition,
  references,
  type StepDefinition,
} from "@sagewright/pipeline";

/** What differs in one step. */
export interface StepDifference {
  readonly step: string;
  /** Kind of step in the newer definition, or in the older one when the step is gone. */
  readonly type: string;
  readonly change: "added" | "removed" | "changed";
  /** Every attribute that differs, with its path in the step; empty for steps added and removed. */
  readonly attributes: readonly CacheDifference[];
}

/** A step whose earlier results no longer count. */
export interface LostCache {
  readonly step: string;
  /** One sentence: an attribute of its key, or the step whose new output it reads. */
  readonly reason: string;
}

/** What differs between two definitions of one pipeline. */
export interface DefinitionDiff {
  readonly same: boolean;
  /** Differences outside the steps: parameters, experiment, metadata. */
  readonly envelope: readonly CacheDifference[];
  readonly steps: readonly StepDifference[];
  readonly losesCache: readonly LostCache[];
}

/**
 * Compares two definitions, as text: steps by name, everything else by path, and which steps lose their cache.
 *
 * @throws DefinitionSyntaxError when a text is no definition
 */
export function diffDefinitions(before: string, after: string): DefinitionDiff {
  const [old, now] = [parseDefinition(before), parseDefinition(after)];
  const envelope = explainMiss(envelopeOf(old), envelopeOf(now));
  const steps = stepDifferences(stepsOf(old), stepsOf(now));
  return { same: envelope.length + steps.length === 0, envelope, steps, losesCache: lostCaches(old, now) };
}

/** Everything but the steps; parameters by name, so that one more does not move the others. */
function envelopeOf(definition: PipelineDefinition): Record<string, Json> {
  const { Steps: _, Parameters = [], ...rest } = definition;
  const byName = Object.fromEntries(Parameters.map((parameter) => [parameter.Name, parameter]));
  return { ...(rest as Record<string, Json>), Parameters: byName as unknown as Json };
}

/** Steps by name, those in branches included; a step that holds others speaks of them by name. */
function stepsOf(definition: PipelineDefinition): Map<string, StepDefinition> {
  return new Map(allSteps(definition).map(({ step }) => [step.Name, withNames(step)]));
}

const holders = ["IfSteps", "ElseSteps", "ForEachBody"];

function withNames(step: StepDefinition): StepDefinition {
  const members = Object.entries(step.Arguments ?? {}).map(([key, value]) => {
    const held = holders.includes(key) && Array.isArray(value);
    return [key, held ? value.map((each) => (each as { Name?: Json }).Name ?? null) : value];
  });
  return { ...step, Arguments: Object.fromEntries(members) };
}

function stepDifferences(old: Map<string, StepDefinition>, now: Map<string, StepDefinition>): StepDifference[] {
  const found: StepDifference[] = [];
  for (const [name, step] of now) {
    const before = old.get(name);
    const attributes = before === undefined ? [] : explainMiss(asRecord(before), asRecord(step));
    if (before === undefined) found.push({ step: name, type: step.Type, change: "added", attributes });
    else if (attributes.length > 0) found.push({ step: name, type: step.Type, change: "changed", attributes });
  }
  for (const [name, { Type }] of old)
    if (!now.has(name)) found.push({ step: name, type: Type, change: "removed", attributes: [] });
  return found;
}

/** In the order in which steps run, so that a reason stands before what follows from it. */
function lostCaches(old: PipelineDefinition, now: PipelineDefinition): LostCache[] {
  const before = stepsOf(old);
  const { order, edges, nodes } = graph(now);
  const defaults = changedDefaults(old, now);
  /** Steps that will have new output, with or without a cache of their own to lose. */
  const renewed = new Set<string>();
  const lost: LostCache[] = [];
  for (const name of order) {
    const [step, previous] = [nodes.find((node) => node.name === name)?.step, before.get(name)];
    if (step === undefined) continue;
    if (previous === undefined) renewed.add(name);
    if (previous === undefined || !isCached(previous)) continue;
    const upstream = edges.find(({ from, to, kind }) => to === name && kind === "data" && renewed.has(from))?.from;
    const reason = ownReason(previous, step, defaults) ?? (upstream && `it reads new output of ${upstream}`);
    if (reason === undefined) continue;
    renewed.add(name);
    lost.push({ step: name, reason });
  }
  return lost;
}

function ownReason(before: StepDefinition, after: StepDefinition, defaults: ReadonlySet<string>): string | undefined {
  if (!isCached(after)) return "its cache is turned off";
  const now = keyOf(after);
  const changed = explainMiss(keyOf(before), now).map(({ path }) => path);
  if (changed.length > 0) return `${changed.join(", ")} changed`;
  const used = references(now).flatMap(({ reference }) => (reference.kind === "parameter" ? [reference.name] : []));
  const parameter = used.find((name) => defaults.has(name));
  return parameter === undefined ? undefined : `the default of parameter ${parameter} changed`;
}

function keyOf(step: StepDefinition): Record<string, Json> {
  return cacheKeyAttributes(step.Type, step.Arguments, step) ?? {};
}

function isCached(step: StepDefinition): boolean {
  return (step.CacheConfig as { Enabled?: unknown } | undefined)?.Enabled === true;
}

function changedDefaults(old: PipelineDefinition, now: PipelineDefinition): Set<string> {
  const before = new Map(old.Parameters?.map(({ Name, DefaultValue }) => [Name, DefaultValue]));
  const changed = (now.Parameters ?? []).filter(({ Name, DefaultValue }) => before.get(Name) !== DefaultValue);
  return new Set(changed.map(({ Name }) => Name));
}

function asRecord(step: StepDefinition): Record<string, Json> {
  return step as unknown as Record<string, Json>;
}
