import { child, show } from "../issue";
import { stepKinds } from "../steps/registry";
import { isObject, type ValidationContext } from "./context";
import { checkMembers } from "./members";

const triggers = ["Completed", "Failed", "Stopped", "Any"];

/** Rules of DependsOn. */
export function checkDependsOn(
  step: Readonly<Record<string, unknown>>,
  path: string,
  context: ValidationContext,
): void {
  const { add } = context;
  const list = step.DependsOn;
  if (list === undefined) return;
  const own = `${path}.DependsOn`;
  if (!Array.isArray(list)) {
    add("type", own, `${show(list)} is no list. Give step names as a list.`, { expected: "list" });
    return;
  }
  const triggerOf = new Map<string, string>();
  for (const [index, entry] of (list as unknown[]).entries()) {
    const at = child(own, index);
    const target = isObject(entry) ? entry.Step : entry;
    const trigger = isObject(entry) ? (entry.Trigger ?? "Completed") : "Completed";
    if (isObject(entry)) checkEntry(entry, at, context);
    else if (typeof entry !== "string")
      add("type", at, `${show(entry)} is no step name. Give a name, or {"Step", "Trigger"}.`, {});
    if (typeof target !== "string") continue;
    checkTarget(target, isObject(entry) ? `${at}.Step` : at, step.Name, context);
    const before = triggerOf.get(target);
    if (before !== undefined && before !== trigger) {
      add(
        "trigger_conflict",
        at,
        `'${target}' is waited for with ${before} and with ${String(trigger)}. Keep one of them.`,
        { step: target },
      );
    }
    triggerOf.set(target, String(trigger));
  }
}

function checkEntry(entry: Record<string, unknown>, path: string, context: ValidationContext): void {
  checkMembers(entry, path, context, { Step: "required", Trigger: "optional" });
  if (entry.Step !== undefined && typeof entry.Step !== "string") {
    context.add("type", `${path}.Step`, `${show(entry.Step)} is no step name. Give a name.`, { expected: "string" });
  }
  if (entry.Trigger !== undefined && !triggers.includes(entry.Trigger as string)) {
    context.add("enum", `${path}.Trigger`, `${show(entry.Trigger)} is no trigger. Use one of ${triggers.join(", ")}.`, {
      allowed: triggers,
    });
  }
}

function checkTarget(name: string, path: string, self: unknown, { byName, add }: ValidationContext): void {
  const target = byName.get(name);
  if (target === undefined) {
    add("unknown_step", path, `There is no step '${name}'. Name a step of this pipeline.`, { step: name });
  } else if (name === self) {
    add("cycle", path, `'${name}' waits for itself. Remove the entry.`, { step: name });
  } else if (stepKinds.get(target.step.Type)?.endsExecution) {
    add("depends_on_fail", path, `'${name}' ends the execution, so nothing can come after it. Remove the entry.`, {
      step: name,
    });
  }
}
