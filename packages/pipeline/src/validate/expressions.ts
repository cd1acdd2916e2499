import { child, show } from "../issue";
import { parseReference } from "../reading/parse-reference";
import { parsePath } from "../reading/path";
import { isExpressionForm, isGet } from "../reading/references";
import { isObject, namesIn, type ValidationContext } from "./context";
import { checkMembers } from "./members";
import { checkProperty } from "./property-path";
import { type Place, referenceProblem } from "./reference-problem";

/** Rules of every expression in the definition: references, joins, JSON reads. */
export function checkExpressions(context: ValidationContext): void {
  const { definition } = context;
  const nowhere: Place = { inBody: false, inSelector: false };
  for (const member of ["PipelineExperimentConfig", "MlflowConfig", "Steps"]) {
    walk(definition[member], member, nowhere, context);
  }
}

function walk(value: unknown, path: string, place: Place, context: ValidationContext): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      walk(item, child(path, index), place, context);
    });
    return;
  }
  if (!isObject(value)) return;
  const keys = Object.keys(value);
  const [only] = keys;
  if (keys.length === 1 && only === "Get") checkGet(value.Get, `${path}.Get`, place, context);
  else if (keys.length === 1 && only?.startsWith("Std:"))
    checkFunction(only, value[only], `${path}.${only}`, place, context);
  else {
    const inside = enter(value, path, place);
    for (const [key, member] of Object.entries(value)) {
      const next: Place = {
        ...inside,
        inBody: inside.inBody || key === "ForEachBody",
        inSelector: inside.inSelector || key === "Selector",
      };
      walk(member, child(path, key), next, context);
    }
  }
}

function enter(value: Record<string, unknown>, path: string, place: Place): Place {
  const isStep = /(^Steps|\.IfSteps|\.ElseSteps|\.ForEachBody)\[\d+\]$/.test(path);
  return isStep && typeof value.Name === "string"
    ? { ...place, step: value.Name }
    : { ...place, inSelector: place.inSelector };
}

function checkFunction(name: string, body: unknown, path: string, place: Place, context: ValidationContext): void {
  if (name === "Std:Join") checkJoin(body, path, place, context);
  else if (name === "Std:JsonGet") checkJsonGet(body, path, place, context);
  else
    context.add("unknown_function", path, `There is no function ${name}. Use Std:Join or Std:JsonGet.`, {
      received: name,
    });
}

function checkJoin(body: unknown, path: string, place: Place, context: ValidationContext): void {
  const { add } = context;
  if (!isObject(body)) {
    add("type", path, `${show(body)} is no join. Give an object with On and Values.`, { expected: "object" });
    return;
  }
  checkMembers(body, path, context, { On: "optional", Values: "required" });
  if (body.On !== undefined && typeof body.On !== "string") {
    add("type", `${path}.On`, `${show(body.On)} is no text. Give the text between the values.`, { expected: "string" });
  }
  if (body.Values === undefined) return;
  if (!Array.isArray(body.Values)) {
    add("type", `${path}.Values`, `${show(body.Values)} is no list. Give the parts as a list.`, { expected: "list" });
    return;
  }
  for (const [index, part] of (body.Values as unknown[]).entries()) {
    const at = child(`${path}.Values`, index);
    if (isExpressionForm(part)) walk(part, at, place, context);
    else if (!["string", "number", "boolean"].includes(typeof part)) {
      add("type", at, `${show(part)} cannot be joined. Give text, a number, true, false or an expression.`, {
        received: part,
      });
    }
  }
}

function checkJsonGet(body: unknown, path: string, place: Place, context: ValidationContext): void {
  const { add } = context;
  if (!isObject(body)) {
    add("type", path, `${show(body)} is no JSON read. Give an object with PropertyFile and Path.`, {
      expected: "object",
    });
    return;
  }
  checkMembers(body, path, context, { PropertyFile: "optional", S3Uri: "optional", Path: "required" });
  if ((body.PropertyFile === undefined) === (body.S3Uri === undefined)) {
    add(
      "jsonget_source",
      child(path, body.S3Uri === undefined ? "PropertyFile" : "S3Uri"),
      "Exactly one of PropertyFile and S3Uri must be given. Name the file to read.",
      {
        received: Object.keys(body),
      },
    );
  }
  if (body.PropertyFile !== undefined) checkPropertyFile(body.PropertyFile, `${path}.PropertyFile`, place, context);
  if (body.S3Uri !== undefined) {
    if (isObject(body.S3Uri) && "Std:Join" in body.S3Uri) walk(body.S3Uri, `${path}.S3Uri`, place, context);
    else
      add("jsonget_uri", `${path}.S3Uri`, `${show(body.S3Uri)} is no Std:Join. Join the parts of the URI.`, {
        received: body.S3Uri,
      });
  }
  if (body.Path === undefined) return;
  if (typeof body.Path !== "string") {
    add(
      "jsonget_path",
      `${path}.Path`,
      `${show(body.Path)} is no literal text. The service does not evaluate paths: write the path itself.`,
      { received: body.Path },
    );
  } else if (body.Path === "" || parsePath(body.Path) === undefined) {
    add("jsonget_path", `${path}.Path`, `${show(body.Path)} is no path. Use a form such as metrics.auc[0].value.`, {
      received: body.Path,
    });
  }
}

function checkPropertyFile(value: unknown, path: string, place: Place, context: ValidationContext): void {
  const reference = isGet(value) ? parseReference(value.Get) : undefined;
  if (reference?.kind !== "step" || reference.path[0] !== "PropertyFiles" || reference.path.length !== 2) {
    context.add(
      "property_file_reference",
      path,
      `${show(value)} names no property file. Use {"Get": "Steps.<step>.PropertyFiles.<name>"}.`,
      { received: value },
    );
    return;
  }
  const at = `${path}.Get`;
  const step = findStep(reference.step, at, place, context);
  if (step === undefined) return;
  const known = namesIn(step.PropertyFiles, "PropertyFileName");
  if (known.some((name) => name === reference.path[1])) return;
  context.add(
    "unknown_property_file",
    at,
    `Step '${reference.step}' declares no property file '${reference.path[1]}'. ${known.length ? `Use one of ${known.join(", ")}` : "Declare it in PropertyFiles"}.`,
    { step: reference.step, file: reference.path[1], known },
  );
}

function checkGet(text: unknown, path: string, place: Place, context: ValidationContext): void {
  const { add } = context;
  if (typeof text !== "string") {
    add("reference_not_text", path, `${show(text)} is no reference. Give text such as 'Parameters.Name'.`, {
      received: text,
    });
    return;
  }
  const reference = parseReference(text);
  if (reference.kind === "step") {
    const step = findStep(reference.step, path, place, context);
    if (step) checkProperty(step, reference, path, context);
    return;
  }
  const problem = referenceProblem(reference, place, context);
  if (problem) add(problem.code, path, problem.message, { received: text });
}

function findStep(name: string, path: string, place: Place, { byName, add }: ValidationContext) {
  const found = byName.get(name);
  if (found === undefined) {
    add("unknown_step", path, `There is no step '${name}'. Name a step of this pipeline.`, { step: name });
  } else if (place.step === name) {
    add("cycle", path, `'${name}' refers to its own result. Refer to another step.`, { step: name });
  }
  return found?.step as Readonly<Record<string, unknown>> | undefined;
}
