import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleMonitoringLambda, type MonitoringLambda } from "@sagewright/monitoring";

/** Folder of a function's code, made anew. */
export function bundled(name: MonitoringLambda): string {
  const folder = mkdtempSync(join(tmpdir(), `sagewright-${name}-`));
  bundleMonitoringLambda(name, folder);
  return folder;
}
