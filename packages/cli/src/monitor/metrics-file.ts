import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MonitorReport } from "./report";
import { writeWhole } from "./write-whole";

/** Writes what a report says in figures, for `GET /metrics` of the server that runs beside. */
export function writeMetrics(stateDir: string, { drift, performance, latest, model }: MonitorReport): void {
  const { driftMetrics, metricsText, performanceMetrics } =
    require("@sagewright/monitoring") as typeof import("@sagewright/monitoring");
  const [seen, worth] = [driftMetrics(drift), performanceMetrics(latest ?? performance)];
  const values = { ...seen.values, ...worth.values };
  writeWhole(fileOf(stateDir, model.group), metricsText({ values, properties: {} }, { model: model.group }));
}

/** What the newest `monitor run` said of a model, in Prometheus' text format; nothing before the first one. */
export function monitoredMetrics(stateDir: string, group: string): string {
  try {
    return readFileSync(fileOf(stateDir, group), "utf8");
  } catch {
    return "";
  }
}

function fileOf(stateDir: string, group: string): string {
  return join(stateDir, "monitoring", group, "metrics.txt");
}
