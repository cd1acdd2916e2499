import { child, type Issue, issueCollector, show } from "../issue";
import { parseReference } from "../reading/parse-reference";
import type { PathSegment } from "../reading/path";
import { isExpressionForm, isGet } from "../reading/references";
import { isObject } from "../validate/context";
import { checkMembers } from "../validate/members";
import type { KindContext, StepKind } from "./step-kind";

const counts = ["InputItemCount", "TotalStepCount", "SucceededStepCount", "FailedStepCount", "StoppedStepCount"];

/** Runs a body of steps for each item of a list. */
export const forEachKind: StepKind = {
  type: "ForEach",
  extraProperties: ["IterationOutputs", "Selected", "Status", ...counts],
  propertyProblem,
  cacheable: false,
  retryable: "never",
  argumentMembers: {
    IterableItems: "required",
    MaxConcurrency: "required",
    Selector: "optional",
    ForEachBody: "required",
  },
  validate: (step, context) => checkLoop(step.Arguments, `${context.path}.Arguments`, context),
};

type Add = ReturnType<typeof issueCollector>["add"];

const refusedInBody = ["Condition", "Fail", "ForEach"];

function checkLoop(given: unknown, path: string, context: KindContext): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(given)) return issues;
  if (given.IterableItems !== undefined) checkItems(given.IterableItems, `${path}.IterableItems`, add);
  const limit = given.MaxConcurrency;
  if (limit !== undefined && (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > 50)) {
    add(
      "foreach_concurrency",
      `${path}.MaxConcurrency`,
      `${show(limit)} is no whole number from 1 to 50. Give a literal one.`,
      { received: limit },
    );
  }
  const names = checkBody(given.ForEachBody, `${path}.ForEachBody`, context, add);
  if (given.Selector !== undefined) checkSelector(given.Selector, `${path}.Selector`, names, add);
  return issues;
}

function checkItems(items: unknown, path: string, add: Add): void {
  if (isExpressionForm(items)) return;
  if (!Array.isArray(items) || items.length === 0 || items.length > 100) {
    add(
      "foreach_items",
      path,
      `${show(items)} is no list of 1 to 100 items. Give such a list, or one reference to a JSON list.`,
      { received: items },
    );
    return;
  }
  for (const [index, item] of (items as unknown[]).entries()) {
    if (["string", "number", "boolean"].includes(typeof item) || isExpressionForm(item)) continue;
    add(
      "foreach_items",
      child(path, index),
      `${show(item)} is no item. Give text, a number, true, false or a reference; objects travel as JSON text.`,
      { received: item },
    );
  }
}

function checkBody(body: unknown, path: string, context: KindContext, add: Add): string[] {
  if (body === undefined) return [];
  if (!Array.isArray(body) || body.length === 0) {
    add("foreach_body", path, `${show(body)} is no list of steps. Give at least one step.`, { received: body });
    return [];
  }
  const steps = (body as unknown[]).map((step, index) => ({ step, at: child(path, index) }));
  return steps.flatMap(({ step, at }) => {
    if (!isObject(step)) {
      add("type", at, `${show(step)} is no step. Give an object with Name, Type and Arguments.`, {
        expected: "object",
      });
      return [];
    }
    if (refusedInBody.includes(step.Type as string)) {
      add(
        "foreach_body_kind",
        `${at}.Type`,
        `A ForEach body takes no ${String(step.Type)} step. Move it out of the body.`,
        { type: step.Type },
      );
    }
    if (typeof step.Name !== "string") return [];
    checkRunNames(step.Name, context, add);
    return [step.Name];
  });
}

/** The runs of a body step are called `<body>-<index>`, so no other step may be. */
function checkRunNames(body: string, { paths }: KindContext, add: Add): void {
  for (const [name, path] of paths) {
    if (!name.startsWith(`${body}-`) || !/^\d+$/.test(name.slice(body.length + 1))) continue;
    add(
      "foreach_name",
      `${path}.Name`,
      `'${name}' is the name of a run of the body step '${body}'. Rename one of them.`,
      { name, body },
    );
  }
}

function checkSelector(selector: unknown, path: string, names: readonly string[], add: Add): void {
  if (!isObject(selector)) {
    add("type", path, `${show(selector)} is no selector. Give an object with Pick and Field.`, { expected: "object" });
    return;
  }
  checkMembers(selector, path, { add }, { Pick: "required", Field: "required" });
  if (selector.Pick !== undefined && selector.Pick !== "MaxBy" && selector.Pick !== "MinBy") {
    add("enum", `${path}.Pick`, `${show(selector.Pick)} is no way to pick. Use MaxBy or MinBy.`, {
      received: selector.Pick,
    });
  }
  if (selector.Field === undefined) return;
  const field = isGet(selector.Field) ? parseReference(selector.Field.Get) : undefined;
  const at = isGet(selector.Field) ? `${path}.Field.Get` : `${path}.Field`;
  if (field?.kind !== "iteration") {
    add(
      "foreach_selector",
      at,
      `${show(selector.Field)} is no output of the body. Use {"Get": "IterationOutput.<body step>.<member>"}.`,
      { received: selector.Field },
    );
  } else if (!names.includes(field.step)) {
    add("foreach_selector", at, `The body has no step '${field.step}'. Use one of ${names.join(", ")}.`, {
      step: field.step,
    });
  } else if (field.path.length === 0) {
    add("foreach_selector", at, `'${field.step}' alone is no value. Name a member of its result.`, {
      step: field.step,
    });
  }
}

function propertyProblem(step: Readonly<Record<string, unknown>>, path: readonly PathSegment[]): string | undefined {
  const [head, index, body] = path;
  const given = isObject(step.Arguments) ? step.Arguments : {};
  if (head === "Selected" && given.Selector === undefined) {
    return "Selected has a value only with a Selector. Give the step one.";
  }
  if (head === "IterationOutputs" && (typeof index !== "number" || typeof body !== "string")) {
    return "IterationOutputs needs an index and a body step. Write IterationOutputs[0].<body step>.<member>.";
  }
  return undefined;
}
