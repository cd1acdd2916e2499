import { responseShape, type Shape, shapeNamed } from "../constraints/table";
import type { ParsedReference } from "../reading/parse-reference";
import { stepKinds } from "../steps/registry";
import { namesIn, type ValidationContext } from "./context";

type StepReference = Extract<ParsedReference, { kind: "step" }>;

/** Whether a step of its kind has what a reference names. */
export function checkProperty(
  step: Readonly<Record<string, unknown>>,
  { step: name, path }: StepReference,
  at: string,
  { add }: ValidationContext,
): void {
  const kind = typeof step.Type === "string" ? stepKinds.get(step.Type) : undefined;
  if (kind === undefined) return;
  const facts = { step: name, type: kind.type, property: path.join(".") };
  if (kind.withoutProperties) {
    add(
      "no_properties",
      at,
      `${kind.type} steps have no result to refer to. Remove the reference to '${name}'.`,
      facts,
    );
    return;
  }
  if (kind.openProperties) return;
  const problem = kind.propertyProblem?.(step, path);
  if (problem !== undefined) {
    add("unknown_property", at, problem, facts);
    return;
  }
  const [head, ...rest] = path;
  if (head === undefined) {
    add("unknown_property", at, `'${name}' alone is no value. Name a property of the step.`, facts);
  } else if (head === "PropertyFiles" && kind.members?.PropertyFiles) {
    add("property_file_reference", at, "A property file is read with Std:JsonGet, not with Get. Wrap it.", facts);
  } else if (head === "OutputParameters" && kind.members?.OutputParameters) {
    checkOutput(step, rest[0], at, facts, add);
  } else if (head === "TrainingJobSummaries" && kind.type === "Tuning") {
    const [index, ...inner] = rest;
    const summaries = responseShape("ListTrainingJobsForHyperParameterTuningJob")?.m?.TrainingJobSummaries;
    const outside = typeof index !== "number" || index > 49;
    if (outside)
      add(
        "unknown_property",
        at,
        `TrainingJobSummaries needs an index from 0 to 49. Write TrainingJobSummaries[0].`,
        facts,
      );
    else explain(shapeNamed(shapeNamed(summaries)?.i), inner, at, facts, add);
  } else if (!kind.extraProperties?.includes(String(head)) && kind.describe !== undefined) {
    explain(responseShape(kind.describe), path, at, facts, add);
  } else if (kind.describe === undefined && !kind.extraProperties?.includes(String(head))) {
    add(
      "unknown_property",
      at,
      `${kind.type} steps have no property '${head}'. Use ${kind.extraProperties?.join(", ") ?? "another step"}.`,
      facts,
    );
  }
}

function checkOutput(
  step: Readonly<Record<string, unknown>>,
  output: unknown,
  at: string,
  facts: Record<string, unknown>,
  add: ValidationContext["add"],
): void {
  const names = namesIn(step.OutputParameters, "OutputName");
  if (names.some((name) => name === output)) return;
  add(
    "unknown_output",
    at,
    `Step '${facts.step}' declares no output '${String(output)}'. Declare it in OutputParameters${names.length ? `, or use ${names.join(", ")}` : ""}.`,
    { ...facts, known: names },
  );
}

/** Walks a path through a response shape and says where it leaves it. */
function explain(
  root: Shape | undefined,
  path: StepReference["path"],
  at: string,
  facts: Record<string, unknown>,
  add: ValidationContext["add"],
): void {
  let shape = root;
  for (const segment of path) {
    if (shape === undefined) return;
    if (shape.t === "structure") {
      const next = Object.hasOwn(shape.m ?? {}, segment) ? shape.m?.[segment] : undefined;
      if (next === undefined) {
        const known = Object.keys(shape.m ?? {});
        const near = known.find((one) => one.toLowerCase() === String(segment).toLowerCase());
        const remedy = near
          ? `Write ${near}.`
          : `Known here: ${known.slice(0, 12).join(", ")}${known.length > 12 ? ", ..." : ""}.`;
        add(
          "unknown_property",
          at,
          `The service's answer has no '${segment}' in ${String(facts.property)}. ${remedy}`,
          { ...facts, segment },
        );
        return;
      }
      shape = shapeNamed(next);
    } else if (shape.t === "list") shape = shapeNamed(shape.i);
    else if (shape.t === "map") shape = shapeNamed(shape.v);
    else {
      add(
        "unknown_property",
        at,
        `'${segment}' is looked for in a single value (${shape.t}) in ${String(facts.property)}. End the path before it.`,
        { ...facts, segment },
      );
      return;
    }
  }
}
