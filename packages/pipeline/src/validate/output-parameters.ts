import { child, type Issue, issueCollector, show } from "../issue";
import { isObject } from "./context";
import { checkMembers } from "./members";

const types = ["String", "Integer", "Float", "Boolean"];

/** Rules of OutputParameters, which Lambda and Callback steps declare. */
export function checkOutputParameters(step: Readonly<Record<string, unknown>>, path: string): Issue[] {
  const { issues, add } = issueCollector();
  const list = step.OutputParameters;
  const own = `${path}.OutputParameters`;
  if (list === undefined) return issues;
  if (!Array.isArray(list)) {
    add("type", own, `${show(list)} is no list. Give the outputs as a list.`, { expected: "list" });
    return issues;
  }
  const seen = new Set<unknown>();
  for (const [index, output] of (list as unknown[]).entries()) {
    const at = child(own, index);
    if (!isObject(output)) {
      add("type", at, `${show(output)} is no output. Give an object with OutputName and OutputType.`, {
        expected: "object",
      });
      continue;
    }
    checkMembers(output, at, { add }, { OutputName: "required", OutputType: "required" });
    if (output.OutputName !== undefined && typeof output.OutputName !== "string") {
      add("type", `${at}.OutputName`, `${show(output.OutputName)} is no text. Give a name.`, { expected: "string" });
    }
    if (output.OutputType !== undefined && !types.includes(output.OutputType as string)) {
      add("enum", `${at}.OutputType`, `${show(output.OutputType)} is no output type. Use one of ${types.join(", ")}.`, {
        allowed: types,
      });
    }
    if (seen.has(output.OutputName)) {
      add("duplicate_name", `${at}.OutputName`, `${show(output.OutputName)} is declared twice. Rename one.`, {
        name: output.OutputName,
      });
    }
    seen.add(output.OutputName);
  }
  return issues;
}
