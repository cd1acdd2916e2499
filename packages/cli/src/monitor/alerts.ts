import type {
  AlertRouter,
  AlertState,
  Alerts,
  Attempt,
  ChannelAddresses,
  Secrets,
  VersionedDocument,
  Window,
} from "@sagewright/monitoring";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { Session } from "../session";
import type { Output } from "../terminal/output";
import { alertMemories, alertSecrets } from "./alert-memory";
import type { AlertLine } from "./report";
import { sessionTime } from "./session-time";

/** Incidents as reports list them, those that were open in a window, newest first. */
export function alertLines(states: readonly AlertState[], window?: Window): AlertLine[] {
  const { from = "", to = "9999" } = window ?? {};
  return states
    .flatMap(({ incidents }) => Object.values(incidents))
    .filter(({ closed, opened }) => opened <= to && (closed === undefined || closed >= from))
    .sort((a, b) => (a.opened < b.opened ? 1 : -1))
    .map(({ id, severity, opened, closed, findings }) => ({
      id,
      severity,
      title: titleOf(
        Object.values(findings)
          .sort((a, b) => (b.finding.magnitude ?? 0) - (a.finding.magnitude ?? 0))
          .map(({ finding }) => finding.what),
      ),
      opened,
      closed: closed ?? null,
    }));
}

function titleOf([first = "", ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} (and ${more.length} more)`;
}

/**
 * Whom an environment tells of what. Receivers of mail are left out, and that is said: mail goes through a topic on AWS.
 *
 * @returns undefined when no environment is named, or it tells nobody
 */
export function alertsOf({ environment }: Session, output: Output): Alerts | undefined {
  if (environment?.alerts === undefined) return undefined;
  const { defineAlerts } = monitoring();
  const alerts = defineAlerts({ ...environment.alerts, place: environment.name });
  const mail = Object.keys(alerts.targets).filter((name) => alerts.targets[name]?.type === "email");
  for (const name of mail) output.progress(`! ${name} is a receiver of mail, and is told from AWS only`);
  const others = (names: readonly string[]) => names.filter((name) => !mail.includes(name));
  const { critical, performance, minor } = alerts.routes;
  return {
    ...alerts,
    targets: Object.fromEntries(Object.entries(alerts.targets).filter(([name]) => !mail.includes(name))),
    routes: { critical: others(critical), performance: others(performance), minor: others(minor) },
  };
}

/** What a router of the command line is made of. */
export interface RouterParts {
  readonly document: VersionedDocument;
  readonly secrets: Secrets;
  readonly onAttempt: (attempt: Attempt) => void;
  /** @default the machine's clock */
  readonly now?: () => Date;
}

/** A router over a memory. */
export function routerOver(
  alerts: Alerts,
  { document, secrets, onAttempt, now = () => new Date() }: RouterParts,
): AlertRouter {
  const { AlertRouter, AlertStore } = monitoring();
  return new AlertRouter({
    alerts,
    store: new AlertStore(document),
    secrets,
    clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    addresses: addressesOf(process.env),
    onAttempt,
  });
}

/** A router for each memory of an environment's alerts; see `alertMemories`. @returns undefined as {@link alertsOf} */
export async function openRouters(session: Session, output: Output): Promise<Map<string, AlertRouter> | undefined> {
  const alerts = alertsOf(session, output);
  if (alerts === undefined) return undefined;
  // A clock that is advanced by hand may be anywhere; from there on it goes as long as the command takes.
  const ahead = (await sessionTime(session)).getTime() - Date.now();
  const parts = {
    secrets: alertSecrets(session),
    now: () => new Date(Date.now() + ahead),
    onAttempt: ({ target, outcome, because }: Attempt) =>
      output.progress(
        outcome === "delivered" ? `✓ ${target} was told` : `! ${target} was not told: ${because ?? outcome}`,
      ),
  };
  const memories = await alertMemories(session);
  // As the function on AWS calls the place whose memory it is.
  const placed = (name: string) => (name === "" ? alerts : { ...alerts, place: name });
  return new Map(memories.map(({ name, document }) => [name, routerOver(placed(name), { ...parts, document })]));
}

/** The router that tells of a model. @returns undefined as {@link alertsOf} */
export async function openRouter(session: Session, output: Output, group: string): Promise<AlertRouter | undefined> {
  const routers = await openRouters(session, output);
  const own = routers?.get(`${group}-${session.environment?.name}`);
  return own ?? routers?.values().next().value;
}

/** Receivers elsewhere, for rehearsals: `SAGEWRIGHT_PAGERDUTY_ADDRESS` and the like. */
function addressesOf(variables: NodeJS.ProcessEnv): ChannelAddresses {
  const kinds = ["pagerduty", "slack", "jira"] as const;
  const found = kinds.map((kind) => [kind, variables[`SAGEWRIGHT_${kind.toUpperCase()}_ADDRESS`]] as const);
  return Object.fromEntries(found.filter(([, address]) => address !== undefined && address !== ""));
}

function monitoring(): typeof import("@sagewright/monitoring") {
  return require("@sagewright/monitoring");
}

/** Why nobody can be told. */
export function alertsMissing({ environment, place }: Session): CliError {
  return new CliError({
    code: "alerts_missing",
    subject: environment === undefined ? "--env" : environment.name,
    message:
      environment === undefined
        ? "who is told is written in an environment, and none is named"
        : `${place} tells nobody: config/${environment.name}.ts has no alerts`,
    fix: environment === undefined ? "name one: --env NAME --local" : "give it alerts: { targets, routes }",
    exitCode: exitCodes.usage,
  });
}
