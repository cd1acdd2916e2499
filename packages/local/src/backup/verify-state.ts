import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { textOfName } from "../state/safe-name";
import { Findings, type StateFinding } from "./findings";
import { holdState } from "./hold-state";
import { stateFiles } from "./state-files";
import { objectsOf, verifyObjects } from "./verify-objects";
import { type KnownState, verifyReferences } from "./verify-references";

/** What a check of a state folder found. */
export interface StateCheck {
  readonly checked: Readonly<Findings["checked"]>;
  /** Empty when everything is whole. */
  readonly damaged: readonly StateFinding[];
  readonly notes: readonly string[];
}

/**
 * Reads every record, journal and object of a state folder that nobody has open, and what they say of one another.
 * Changes nothing.
 *
 * @throws StateError `state_in_use`, `state_missing`, `state_newer`, `state_version_unreadable`
 */
export async function verifyState(stateDir: string): Promise<StateCheck> {
  const folder = resolve(stateDir);
  const lock = holdState(folder);
  try {
    const findings = new Findings();
    const state = read(folder, findings);
    await verifyObjects(folder, state.objects, findings);
    verifyReferences(state, findings);
    const { checked, damaged, notes } = findings;
    return { checked, damaged, notes };
  } finally {
    lock.release();
  }
}

function read(stateDir: string, findings: Findings): KnownState {
  const records = new Map<string, Map<string, Record<string, unknown>>>();
  const objects = new Map<string, ReturnType<typeof objectsOf>>();
  const journals = new Set<string>();
  for (const path of stateFiles(stateDir)) {
    const [first = "", second = "", ...rest] = path.split("/");
    if (first === "quarantine") findings.notes.push(`${path}: was put aside earlier because it could not be read`);
    else if (first === "records" && path.endsWith(".json")) {
      const content = record(stateDir, path, findings);
      const key = keyOf(rest.join("/"));
      if (content !== undefined) records.set(second, (records.get(second) ?? new Map()).set(key, content));
    } else if (first === "objects" && second === ".index")
      objects.set(rest.join("/").replace(/\.jsonl$/, ""), objectsOf(journal(stateDir, path, findings)));
    else if (first === "executions" && rest.at(-1) === "journal.jsonl") {
      journal(stateDir, path, findings);
      journals.add(second);
    } else if (first !== "objects" && first !== "jobs" && path.endsWith(".jsonl")) journal(stateDir, path, findings);
    else if (first === "serving" && path.endsWith(".json")) record(stateDir, path, findings);
  }
  return { records, objects, journals };
}

function record(stateDir: string, path: string, findings: Findings): Record<string, unknown> | undefined {
  findings.checked.records += 1;
  try {
    const content: unknown = JSON.parse(readFileSync(join(stateDir, path), "utf8"));
    if (typeof content === "object" && content !== null) return content as Record<string, unknown>;
    findings.add("record_unreadable", path, "it is JSON, but no record");
  } catch (error) {
    findings.add("record_unreadable", path, `it is no JSON: ${(error as Error).message}`);
  }
  return undefined;
}

/** The key that a record's file is named after. */
function keyOf(name: string): string {
  const plain = name.replace(/\.json$/, "");
  try {
    return textOfName(plain);
  } catch {
    return plain;
  }
}

/** Events of a journal. A last line without its end was never acknowledged, so it is no damage. */
function journal(stateDir: string, path: string, findings: Findings): unknown[] {
  findings.checked.journals += 1;
  const lines = readFileSync(join(stateDir, path), "utf8").split("\n");
  const last = lines.pop();
  if (last !== "" && last !== undefined)
    findings.notes.push(`${path}: its last line was being written when its process died; it is cut off when opened`);
  return lines.flatMap((line, index) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      findings.add("journal_damaged", path, `line ${index + 1} is no JSON`);
      return [];
    }
  });
}
