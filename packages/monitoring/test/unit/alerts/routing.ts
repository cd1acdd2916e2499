import {
  AlertRouter,
  AlertStore,
  type Alerts,
  type AlertsInput,
  defineAlerts,
  type Finding,
  type Observation,
  type RouterClock,
  type VersionedDocument,
} from "@sagewright/monitoring";

/** A clock that goes only when told to, or when somebody sleeps on it. */
export class TestClock implements RouterClock {
  constructor(public time = new Date("2026-03-02T10:00:00Z")) {}
  now = () => new Date(this.time);
  sleep = async (ms: number) => this.advance(ms);
  advance(ms: number): void {
    this.time = new Date(this.time.getTime() + ms);
  }
}

/** A document in memory, with the versions of a real one. */
export function memoryDocument(): VersionedDocument & { text: string | undefined } {
  let count = 0;
  return {
    text: undefined,
    async read() {
      return this.text === undefined ? undefined : { text: this.text, version: String(count) };
    },
    async write(text, version) {
      if ((version ?? "0") !== String(count)) return false;
      count += 1;
      this.text = text;
      return true;
    },
  };
}

export const routingKey = "R0123456789ABCDEFGHIJKLMNOPQRSTU".slice(0, 32);
export const slackToken = ["xoxb", "1", "secret-token"].join("-");

/** What the tests' receivers let in. */
export const secrets: Record<string, string> = {
  "prod/pagerduty": routingKey,
  "prod/slack": slackToken,
  "prod/jira": JSON.stringify({ email: "bot@example.com", token: "jira-secret" }),
};

export const alertsInput: AlertsInput = {
  targets: {
    oncall: { type: "pagerduty", secret: "prod/pagerduty" },
    team: { type: "slack", secret: "prod/slack", channel: "#churn-model" },
    backlog: { type: "jira", secret: "prod/jira", site: "https://example.atlassian.net", project: "CHURN" },
  },
  routes: { critical: ["oncall", "team"], performance: ["team"], minor: ["backlog"] },
  runbooks: "https://example.com/our_runbooks",
};

/** Alerts of the tests, with changes. */
export const alertsWith = (changes: Partial<AlertsInput> = {}): Alerts => defineAlerts({ ...alertsInput, ...changes });

/** A finding, with changes. */
export function finding(changes: Partial<Finding> = {}): Finding {
  const subject = changes.subject ?? "plan";
  return {
    key: `churn/drift/${subject}`,
    kind: "drift",
    severity: "performance",
    subject,
    what: `${subject}: "gold" rose from 9 % to 21 %.`,
    extent: "PSI 0.31, 3.1 times what chance explains.",
    magnitude: 3.1,
    since: "2026-03-01T00:00:00Z",
    model: { name: "churn", version: "7", since: "2026-02-01T00:00:00Z" },
    action: "See whether the data or the customers changed.",
    runbook: "drift",
    ...changes,
  };
}

/** An observation at a moment. */
export function observed(at: Date, findings: readonly Finding[], cleared: readonly string[] = []): Observation {
  return { format: 1, at: at.toISOString(), findings: [...findings], cleared: [...cleared] };
}

/** A router for receivers on the loopback. */
export function routerFor(
  addresses: { pagerduty?: string; slack?: string; jira?: string },
  given: {
    clock: RouterClock;
    alerts?: Alerts;
    document?: VersionedDocument;
    secrets?: Record<string, string>;
    fetch?: (url: string, init: RequestInit) => Promise<Response>;
  },
): AlertRouter {
  const { clock, alerts = alertsWith(), document = memoryDocument() } = given;
  return new AlertRouter({
    alerts,
    store: new AlertStore(document),
    secrets: async (name) => given.secrets?.[name] ?? secrets[name] ?? "",
    clock,
    addresses,
    random: () => 1,
    ...(given.fetch === undefined ? {} : { fetch: given.fetch }),
  });
}

/** Delivers until nothing waits, sleeping on the clock in between. @returns the rounds it took */
export async function deliverAll(router: AlertRouter, clock: TestClock, rounds = 400): Promise<number> {
  for (let round = 1; round <= rounds; round += 1) {
    const { waiting, nextAt } = await router.deliver();
    if (waiting === 0) return round;
    clock.time = new Date(Math.max(Date.parse(nextAt ?? "0"), clock.time.getTime() + 1));
  }
  throw new Error("Deliveries do not end");
}
