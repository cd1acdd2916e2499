import { child, type Issue, issueCollector, show } from "../issue";
import { isObject, namesIn } from "./context";
import { checkMembers } from "./members";

/** Rules of a processing step's PropertyFiles: form, unique names, outputs that exist. */
export function checkPropertyFiles(step: Readonly<Record<string, unknown>>, path: string): Issue[] {
  const { issues, add } = issueCollector();
  const files = step.PropertyFiles;
  const own = `${path}.PropertyFiles`;
  if (files === undefined) return issues;
  if (!Array.isArray(files)) {
    add("type", own, `${show(files)} is no list. Give the property files as a list.`, { expected: "list" });
    return issues;
  }
  const outputs = outputNames(step.Arguments);
  const seen = new Set<unknown>();
  for (const [index, file] of (files as unknown[]).entries()) {
    const at = child(own, index);
    if (!isObject(file)) {
      add("type", at, `${show(file)} is no property file. Give an object.`, { expected: "object" });
      continue;
    }
    checkMembers(file, at, { add }, { PropertyFileName: "required", OutputName: "required", FilePath: "required" });
    for (const [name, value] of Object.entries(file)) {
      if (typeof value !== "string")
        add("type", child(at, name), `${show(value)} is no text. Give text.`, { expected: "string" });
    }
    if (seen.has(file.PropertyFileName)) {
      add("duplicate_name", `${at}.PropertyFileName`, `${show(file.PropertyFileName)} is declared twice. Rename one.`, {
        name: file.PropertyFileName,
      });
    }
    seen.add(file.PropertyFileName);
    if (typeof file.OutputName === "string" && !outputs.includes(file.OutputName)) {
      add(
        "unknown_output",
        `${at}.OutputName`,
        `The step has no output '${file.OutputName}'. Use one of ${outputs.join(", ") || "its outputs"}.`,
        { output: file.OutputName, known: outputs },
      );
    }
  }
  return issues;
}

function outputNames(given: unknown): string[] {
  const config = isObject(given) ? given.ProcessingOutputConfig : undefined;
  return isObject(config) ? namesIn(config.Outputs, "OutputName") : [];
}
