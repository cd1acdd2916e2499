import { child, type Issue, issueCollector, show } from "../issue";
import { isObject } from "../validate/context";
import { checkMembers } from "../validate/members";
import type { KindContext, StepKind } from "./step-kind";

/** Deletes objects that earlier steps wrote. */
export const cleanupKind: StepKind = {
  type: "Cleanup",
  withoutProperties: true,
  cacheable: false,
  retryable: "never",
  argumentMembers: { Resources: "required" },
  validate: ({ Arguments }, context) => checkResources(Arguments, `${context.path}.Arguments.Resources`, context),
};

/** Kinds whose written objects must be named one by one. */
const needsUris = ["Processing", "Transform"];

function checkResources(given: unknown, path: string, context: KindContext): Issue[] {
  const { issues, add } = issueCollector();
  const resources = isObject(given) ? given.Resources : undefined;
  if (resources === undefined) return issues;
  const sources = isObject(resources) ? resources.S3 : undefined;
  if (!Array.isArray(sources) || sources.length === 0) {
    add("cleanup_sources", `${path}.S3`, `${show(sources)} is no list of sources. Name at least one step.`, {
      received: sources,
    });
    return issues;
  }
  for (const [index, source] of (sources as unknown[]).entries()) {
    const at = child(`${path}.S3`, index);
    if (!isObject(source)) {
      add("type", at, `${show(source)} is no source. Give an object with StepName.`, { expected: "object" });
      continue;
    }
    checkMembers(source, at, { add }, { StepName: "required", S3Uris: "optional" });
    checkSource(source, at, context, add);
  }
  return issues;
}

function checkSource(
  source: Record<string, unknown>,
  path: string,
  context: KindContext,
  add: ReturnType<typeof issueCollector>["add"],
): void {
  const uris = source.S3Uris;
  if (uris !== undefined && (!Array.isArray(uris) || uris.length === 0)) {
    add("type", `${path}.S3Uris`, `${show(uris)} is no list of URIs. Name at least one object, or leave it out.`, {
      received: uris,
    });
  }
  if (typeof source.StepName !== "string") return;
  const step = context.step(source.StepName);
  if (step === undefined) {
    add("unknown_step", `${path}.StepName`, `There is no step '${source.StepName}'. Name a step of this pipeline.`, {
      step: source.StepName,
    });
  } else if (needsUris.includes(step.Type) && uris === undefined) {
    add("required", `${path}.S3Uris`, `Objects of a ${step.Type} step are deleted one by one. Name them in S3Uris.`, {
      type: step.Type,
    });
  }
}
