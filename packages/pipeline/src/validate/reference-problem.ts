import { executionVariables } from "../expressions/execution";
import type { ParsedReference } from "../reading/parse-reference";
import type { ValidationContext } from "./context";

/** The place of an expression: which step it is in, and whether loop variables have a meaning there. */
export interface Place {
  readonly step?: string;
  readonly inBody: boolean;
  readonly inSelector: boolean;
}

/** A broken rule without its path. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

type Kind = Exclude<ParsedReference["kind"], "step">;
type Rules = {
  [K in Kind]: (
    reference: Extract<ParsedReference, { kind: K }>,
    place: Place,
    context: ValidationContext,
  ) => Problem | undefined;
};

const rules: Rules = {
  parameter: ({ name }, _place, { parameters }) => {
    if (parameters.has(name)) return undefined;
    const known = [...parameters.keys()].slice(0, 12).join(", ");
    const remedy = known === "" ? "Declare it." : `Declare it, or use one of ${known}.`;
    return { code: "undeclared_parameter", message: `Parameter '${name}' is not declared. ${remedy}` };
  },
  execution: ({ variable }) => {
    if ((executionVariables as readonly string[]).includes(variable)) return undefined;
    const message = `'${variable}' is no execution variable. Use one of ${executionVariables.join(", ")}.`;
    return { code: "unknown_execution_variable", message };
  },
  experiment: ({ member }) => {
    if (member === "ExperimentName" || member === "TrialName") return undefined;
    const message = `'${member}' is no member of PipelineExperimentConfig. Use ExperimentName or TrialName.`;
    return { code: "unknown_reference", message };
  },
  item: (_reference, { inBody }) => {
    if (inBody) return undefined;
    const message = "ForEach.CurrentItem has a value only in a ForEach body. Move it there.";
    return { code: "item_outside_loop", message };
  },
  iteration: (_reference, { inSelector }) => {
    if (inSelector) return undefined;
    const message = "IterationOutput has a value only in a ForEach selector. Move it there.";
    return { code: "iteration_outside_selector", message };
  },
  unknown: ({ text }) => ({
    code: "unknown_reference",
    message: `'${text}' is no reference. Use Parameters.<name>, Execution.<name> or Steps.<step>.<path>.`,
  }),
};

/** What is wrong with a reference to anything but a step. */
export function referenceProblem(
  reference: Extract<ParsedReference, { kind: Kind }>,
  place: Place,
  context: ValidationContext,
): Problem | undefined {
  const rule = rules[reference.kind] as Rules[Kind] as (
    reference: ParsedReference,
    place: Place,
    context: ValidationContext,
  ) => Problem | undefined;
  return rule(reference, place, context);
}
