import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleMonitoringLambda, type MonitoringLambda } from "@sagewright/monitoring";

/** The same sources give the same bytes: a process makes each function's code once. */
const made = new Map<MonitoringLambda, string>();

/** Folder of a function's code. */
export function bundled(name: MonitoringLambda): string {
  const known = made.get(name);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), `sagewright-${name}-`));
  bundleMonitoringLambda(name, folder);
  made.set(name, folder);
  return folder;
}
