import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Alerts, Secrets, Severity } from "@sagewright/monitoring";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import type { CloudOptions } from "../options/cloud-options";
import { nearest } from "../project/nearest";
import { withSession } from "../session";
import { alertSecrets } from "./alert-memory";
import { alertsMissing, alertsOf, routerOver } from "./alerts";

/** Options of `sagewright monitor test-alert`. */
export interface TestAlertOptions extends CloudOptions {
  to?: string;
}

/** How a receiver took the test. */
interface Told {
  target: string;
  told: boolean;
  /** @default null: it got it */
  because: string | null;
}

/**
 * `sagewright monitor test-alert`: opens a test incident and ends it, for each receiver by itself, with a memory of its own:
 * neither quiet hours nor what waits there stand in its way, and nothing of it is left.
 */
export async function testAlertCommand(context: CommandContext<TestAlertOptions>): Promise<ExitCode> {
  return withSession(
    context,
    async (session) => {
      const alerts = alertsOf(session, context.output);
      if (alerts === undefined) throw alertsMissing(session);
      const secrets = alertSecrets(session);
      const results: Told[] = [];
      for (const target of targetsOf(alerts, context.options.to)) results.push(await test(alerts, target, secrets));
      return said(context, results);
    },
    { reading: true },
  );
}

function targetsOf({ targets, routes }: Alerts, to: string | undefined): string[] {
  const names = Object.keys(targets);
  if (to === undefined) return names.filter((name) => Object.values(routes).some((route) => route.includes(name)));
  if (names.includes(to)) return [to];
  const meant = nearest(to, names);
  throw usageError(
    `--to: '${to}' is none of the receivers (${names.join(", ")})`,
    meant === undefined ? "name one of them" : `did you mean: --to ${meant}?`,
  );
}

async function test(alerts: Alerts, target: string, secrets: Secrets): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-alert-"));
  let because: string | null = null;
  try {
    const { folderDocument } = require("@sagewright/monitoring") as typeof import("@sagewright/monitoring");
    const severity = severityOf(alerts, target);
    const { quietHours: _, ...always } = alerts;
    const routes = { critical: [], performance: [], minor: [], [severity]: [target] };
    const own = alerts.targets[target];
    const only = { ...always, routes, rules: [], targets: own === undefined ? {} : { [target]: own } };
    const router = routerOver(only, {
      secrets,
      document: folderDocument(folder),
      onAttempt: (attempt) => {
        because ??= attempt.because ?? null;
      },
    });
    await router.test(severity);
    await router.deliver();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { target, told: because === null, because };
}

/** The worst that a receiver is told of. */
function severityOf({ routes }: Alerts, target: string): Severity {
  const order: readonly Severity[] = ["critical", "performance", "minor"];
  return order.find((severity) => routes[severity].includes(target)) ?? "minor";
}

function said({ output }: CommandContext, results: readonly Told[]): ExitCode {
  output.document({ receivers: results });
  for (const { target, told, because } of results)
    output.line(told ? `${pc.green("✓")} ${target} took the test` : `${pc.red("✗")} ${target}: ${because}`);
  const failed = results.filter(({ told }) => !told);
  if (failed.length === 0) return exitCodes.done;
  if (output.mode === "text") output.progress("See docs/runbooks/test-alert.md");
  return exitCodes.environment;
}
