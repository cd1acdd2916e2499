import {
  allSteps,
  executionVariables,
  isGet,
  type ParameterSpec,
  type PipelineDefinition,
  parseDefinition,
  parseReference,
  type StepDefinition,
} from "@sagewright/pipeline";
import { conditionCall } from "./import-conditions";
import { code, identifierFor, literal, type Scope } from "./import-values";

/**
 * A definition as the TypeScript file that compiles back to it. Parameters, execution variables, joins, conditions and
 * failures are written with their builders; the requests of job steps stand as they are, in SageMaker's own words.
 *
 * @param name - name of the pipeline: the definition itself has none
 * @throws DefinitionSyntaxError when the text is no definition
 */
export function importSource(name: string, json: string): string {
  const definition = parseDefinition(json);
  const scope = scopeOf(definition);
  const parameters = (definition.Parameters ?? []).map((spec) => parameterLine(spec, scope));
  const steps = definition.Steps.flatMap((step) => stepLines(step, scope));
  const ends = definition.Steps.map((step) => scope.steps.get(step.Name) ?? "");
  const body = [...parameters, ...(parameters.length > 0 ? [""] : []), ...steps, `return [${ends.join(", ")}];`];
  const text = [
    `export const ${scope.pipeline} = pipeline(`,
    `  ${JSON.stringify(name)},`,
    `  (${parameters.length > 0 ? "{ parameter }" : ""}) => {`,
    ...indented(body, 4),
    "  },",
    // The options stand outside the function that declares the parameters.
    ...indented(options(definition, { ...scope, parameters: new Map() }), 2),
    ");",
  ].join("\n");
  return [...header(text), text, ...helpers(text), ""].join("\n");
}

function scopeOf(definition: PipelineDefinition): Scope & { pipeline: string } {
  const taken = new Set([
    "pipeline",
    "parameter",
    "execution",
    "join",
    "fail",
    "when",
    "value",
    "rawStep",
    "not",
    "or",
  ]);
  const pipelineName = identifierFor("definition", taken);
  const parameters = (definition.Parameters ?? []).map(({ Name }) => [Name, identifierFor(Name, taken)] as const);
  const steps = allSteps(definition).map(({ step }) => [step.Name, identifierFor(step.Name, taken)] as const);
  return { pipeline: pipelineName, parameters: new Map(parameters), steps: new Map(steps), expression };
}

/** What an object of the definition stands for, when that has a word of its own. */
function expression(value: object, scope: Scope): string | undefined {
  if (isGet(value)) {
    const reference = parseReference(value.Get);
    if (reference.kind === "parameter") return scope.parameters.get(reference.name);
    const known =
      reference.kind === "execution" && (executionVariables as readonly string[]).includes(reference.variable);
    return known ? `execution.${reference.variable}` : undefined;
  }
  const { "Std:Join": joined, ...rest } = value as { "Std:Join"?: { On?: unknown; Values?: unknown } };
  if (joined === undefined || Object.keys(rest).length > 0 || !Array.isArray(joined.Values)) return undefined;
  if (typeof joined.On !== "string" || joined.Values.every((part) => typeof part !== "object")) return undefined;
  const parts = joined.Values.map((part) => code(part, scope, true));
  return `join(${JSON.stringify(joined.On)}, [${parts.join(", ")}])`;
}

function parameterLine({ Name, Type, DefaultValue, EnumValues }: ParameterSpec, scope: Scope): string {
  const chosen = {
    ...(EnumValues === undefined ? {} : { enum: EnumValues }),
    ...(DefaultValue === undefined ? {} : { default: DefaultValue }),
  };
  const given = Object.keys(chosen).length === 0 ? "" : `, ${literal(chosen)}`;
  return `const ${scope.parameters.get(Name)} = parameter.${Type.toLowerCase()}(${JSON.stringify(Name)}${given});`;
}

/** A step after the steps that it holds. */
function stepLines(step: StepDefinition, scope: Scope): string[] {
  const held = heldBy(step).flatMap((each) => stepLines(each, scope));
  return [...held, `const ${scope.steps.get(step.Name)} = ${stepCall(step, scope)};`, ""];
}

const holders = ["IfSteps", "ElseSteps", "ForEachBody"];

function heldBy({ Arguments }: StepDefinition): StepDefinition[] {
  return holders.flatMap((member) => {
    const list = Arguments?.[member];
    return Array.isArray(list) ? (list as unknown as StepDefinition[]) : [];
  });
}

function stepCall(step: StepDefinition, scope: Scope): string {
  const { Name, Type, Arguments, ...members } = step;
  const bare = Object.keys(members).length === 0;
  const message = Arguments?.ErrorMessage;
  if (bare && Type === "Fail" && message !== undefined && Object.keys(Arguments).length === 1)
    return `fail(${JSON.stringify(Name)}, ${code(message, scope, true)})`;
  const condition = bare && Type === "Condition" ? conditionCall(step, scope) : undefined;
  if (condition !== undefined) return condition;
  const wanted = Object.entries(Arguments ?? {}).map(([key, value]) => {
    const steps = holders.includes(key) && Array.isArray(value);
    const names = steps && (value as unknown as StepDefinition[]).map((each) => scope.steps.get(each.Name));
    return `${literalKey(key)}: ${names ? `[${names.join(", ")}]` : code(value, scope)},`;
  });
  const given = Arguments === undefined ? "{}" : ["{", ...indented(wanted, 2), "}"].join("\n");
  const rest = bare ? "" : `, ${code(members, scope)}`;
  return `rawStep(${JSON.stringify(Type)}, ${JSON.stringify(Name)}, ${given}${rest})`;
}

function options({ PipelineExperimentConfig, MlflowConfig, Metadata }: PipelineDefinition, scope: Scope): string[] {
  const members = [
    ...(PipelineExperimentConfig
      ? [
          `experiment: { name: ${code(PipelineExperimentConfig.ExperimentName, scope, true)}, trial: ${code(PipelineExperimentConfig.TrialName, scope, true)} },`,
        ]
      : []),
    ...(MlflowConfig ? [mlflowLine(MlflowConfig, scope)] : []),
    ...(Metadata && Object.keys(Metadata).length > 0 ? [`metadata: ${literal(Metadata)},`] : []),
  ];
  return members.length === 0 ? [] : ["{", ...indented(members, 2), "},"];
}

function mlflowLine({ MlflowResourceArn, MlflowExperimentName }: Record<string, unknown>, scope: Scope): string {
  const named =
    MlflowExperimentName === undefined ? "" : `, experimentName: ${code(MlflowExperimentName, scope, true)}`;
  return `mlflow: { resourceArn: ${code(MlflowResourceArn, scope, true)}${named} },`;
}

const functions = [
  ...[
    "equals",
    "execution",
    "fail",
    "greaterThan",
    "greaterThanOrEqual",
    "isIn",
    "join",
    "lessThan",
    "lessThanOrEqual",
  ],
  ...["not", "or", "pipeline", "when"],
];

function header(text: string): string[] {
  const used = functions.filter((name) => new RegExp(`(?<![\\w."'])${name}[(.]`).test(text));
  const value = /\bvalue<\w+>\(/.test(text) ? ["type Expression", "fromContext", "type Json"] : [];
  const raw = /\brawStep\(/.test(text) ? ["Step", "stepKinds"] : [];
  const names = [...new Set([...used, ...value, ...raw])].sort((a, b) => bare(a).localeCompare(bare(b)));
  return [`import {`, ...names.map((name) => `  ${name},`), `} from "@sagewright/pipeline";`, ""];
}

function bare(name: string): string {
  return name.replace("type ", "").toLowerCase();
}

function helpers(text: string): string[] {
  const value = [
    "",
    "/** A value that is known when the pipeline runs, in SageMaker's own words. */",
    "function value<T>(definition: Json): Expression<T> {",
    "  return fromContext(() => definition) as Expression<T>;",
    "}",
  ];
  const raw = [
    "",
    "/** A step as SageMaker's definition has it: the request of its job, and members beside it. */",
    "function rawStep(type: string, name: string, request: Record<string, unknown>, members: Record<string, unknown> = {}): Step {",
    '  const kind = stepKinds.get(type) ?? { type, cacheable: false, retryable: "step" as const };',
    "  return new Step(kind, name, { arguments: request, members }, { cache: false });",
    "}",
  ];
  return [...(/\bvalue<\w+>\(/.test(text) ? value : []), ...(/\brawStep\(/.test(text) ? raw : [])];
}

function literalKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

/** Lines moved to the right; texts of several lines are taken apart, as values never hold a line break. */
function indented(lines: readonly string[], by: number): string[] {
  return lines.flatMap((line) => line.split("\n")).map((line) => (line === "" ? "" : " ".repeat(by) + line));
}
