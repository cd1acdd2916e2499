import { child, type Issue, issueCollector, show } from "../issue";
import { checkTemplate } from "../validate/arguments";
import { isObject } from "../validate/context";
import { checkMembers } from "../validate/members";
import type { StepKind } from "./step-kind";

/** Records what came from what. */
export const lineageKind: StepKind = {
  type: "Lineage",
  extraProperties: ["ActionArns", "ArtifactArns", "ContextArns", "Associations"],
  permissions: {
    actions: ["CreateAction", "CreateArtifact", "CreateContext", "AddAssociation"],
    resources: ["action/*", "artifact/*", "context/*"],
  },
  cacheable: false,
  retryable: "never",
  argumentMembers: { Actions: "optional", Artifacts: "optional", Contexts: "optional", Associations: "optional" },
  validate: ({ Arguments }, { path }) => checkLineage(Arguments, `${path}.Arguments`),
};

type Add = ReturnType<typeof issueCollector>["add"];

const entities = {
  Actions: { operation: "CreateAction", name: "ActionName", type: "Action" },
  Artifacts: { operation: "CreateArtifact", name: "ArtifactName", type: "Artifact" },
  Contexts: { operation: "CreateContext", name: "ContextName", type: "Context" },
} as const;

function checkLineage(given: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(given)) return issues;
  const lists = ["Actions", "Artifacts", "Contexts", "Associations"].map((name) => listOf(given, name, path, add));
  if (lists.every((list) => list.length === 0)) {
    add("lineage_empty", path, "The step records nothing. Give at least one entity or association.");
  }
  for (const [member, { operation }] of Object.entries(entities)) {
    for (const [index, entity] of listOf(given, member, path).entries()) {
      checkTemplate(operation, entity, child(`${path}.${member}`, index), { add });
    }
  }
  for (const [index, association] of listOf(given, "Associations", path).entries()) {
    checkAssociation(association, child(`${path}.Associations`, index), given, add);
  }
  return issues;
}

function listOf(given: Record<string, unknown>, name: string, path: string, add?: Add): unknown[] {
  const list = given[name];
  if (Array.isArray(list)) return list as unknown[];
  if (list !== undefined)
    add?.("type", `${path}.${name}`, `${show(list)} is no list. Give a list.`, { expected: "list" });
  return [];
}

function checkAssociation(association: unknown, path: string, given: Record<string, unknown>, add: Add): void {
  if (!isObject(association)) {
    add("type", path, `${show(association)} is no association. Give an object with Source and Destination.`, {
      expected: "object",
    });
    return;
  }
  checkMembers(
    association,
    path,
    { add },
    { Source: "required", Destination: "required", AssociationType: "optional" },
  );
  for (const end of ["Source", "Destination"]) {
    const reference = association[end];
    if (isObject(reference)) checkEnd(reference, `${path}.${end}`, given, add);
  }
}

/** An end is named by ARN, or by name and type among the entities of the same step. */
function checkEnd(reference: Record<string, unknown>, path: string, given: Record<string, unknown>, add: Add): void {
  const byArn = reference.Arn !== undefined;
  if (byArn === (reference.Name !== undefined)) {
    add(
      "lineage_reference",
      child(path, byArn ? "Name" : "Arn"),
      "An end is named by Arn, or by Name and Type. Give one of the two.",
    );
    return;
  }
  checkMembers(reference, path, { add }, byArn ? { Arn: "required" } : { Name: "required", Type: "required" });
  const entity = Object.entries(entities).find(([, { type }]) => type === reference.Type);
  if (byArn || typeof reference.Name !== "string" || reference.Type === undefined) return;
  if (entity === undefined) {
    add("enum", `${path}.Type`, `${show(reference.Type)} is no entity. Use Action, Artifact or Context.`, {
      received: reference.Type,
    });
    return;
  }
  const [member, { name }] = entity;
  const names = listOf(given, member, path).flatMap((one) => (isObject(one) ? [one[name]] : []));
  // A name that is an expression may turn out to be any text.
  if (names.includes(reference.Name) || names.some(isObject)) return;
  add(
    "lineage_sibling",
    `${path}.Name`,
    `The step makes no ${String(reference.Type)} '${reference.Name}'. Name one that it makes, or give an Arn.`,
    { name: reference.Name, known: names },
  );
}
