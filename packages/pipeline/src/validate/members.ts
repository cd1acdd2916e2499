import { child } from "../issue";
import type { ValidationContext } from "./context";

/** Members of an object: which must be there, which may. Reports missing and unknown ones. */
export function checkMembers(
  value: Readonly<Record<string, unknown>>,
  path: string,
  { add }: Pick<ValidationContext, "add">,
  known: Readonly<Record<string, "required" | "optional">>,
): void {
  for (const [name, need] of Object.entries(known)) {
    if (need === "required" && value[name] === undefined) {
      add("required", child(path, name), `${name} is missing. Give it.`, { member: name });
    }
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(known, name)) continue;
    const near = Object.keys(known).find((one) => one.toLowerCase() === name.toLowerCase());
    const remedy = near ? `Write ${near}.` : `Remove it; known are ${Object.keys(known).join(", ")}.`;
    add("unknown_member", child(path, name), `${name} is no member here. ${remedy}`, {
      member: name,
      known: Object.keys(known),
    });
  }
}
