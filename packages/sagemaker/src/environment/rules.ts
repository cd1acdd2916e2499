import { closest } from "./closest";
import { broken, type EnvironmentIssue, pathText } from "./issues";
import type { Environment } from "./schema";
import { secretsWithin } from "./secrets";
import { servingRules } from "./serving-rules";

/** What one field demands of another. Every rule is checked, so that all defects come at once. */
export function crossFieldIssues(environment: Environment): EnvironmentIssue[] {
  return [
    ...trainingRules(environment),
    ...servingRules(environment),
    ...retentionRules(environment),
    ...alertRules(environment),
    ...budgetRules(environment),
    ...secretRules(environment),
  ];
}

function trainingRules({ training }: Environment): EnvironmentIssue[] {
  const { spot, maximumWaitSeconds: wait, maximumRuntimeSeconds: run } = training;
  const path = "training.maximumWaitSeconds";
  if (wait === undefined) return [];
  if (!spot) return [broken("wait_without_spot", path, wait, "only means something with spot. Remove it")];
  if (run === undefined || wait >= run) return [];
  const sentence = `is less than training.maximumRuntimeSeconds, ${run}: waiting includes running. Give at least ${run}`;
  return [broken("wait_below_runtime", path, wait, sentence, { maximumRuntimeSeconds: run })];
}

function retentionRules({ retention }: Environment): EnvironmentIssue[] {
  const { decisionsExplainableDays: needed } = retention;
  return (["auditDays", "modelDays"] as const).flatMap((field) => {
    const days = retention[field];
    if (days >= needed) return [];
    const what = field === "auditDays" ? "its record" : "the model that made it";
    const sentence = `is less than retention.decisionsExplainableDays, ${needed}: a decision is explained from ${what}. Give at least ${needed}`;
    return [broken("retention_below_audit", `retention.${field}`, days, sentence, { needed })];
  });
}

function alertRules({ alerts }: Environment): EnvironmentIssue[] {
  if (alerts === undefined) return [];
  const targets = Object.keys(alerts.targets);
  return Object.entries(alerts.routes).flatMap(([severity, names]) =>
    names.flatMap((name, index) => {
      if (targets.includes(name)) return [];
      const meant = closest(name, targets);
      const remedy =
        meant === undefined ? `Use one of ${targets.join(", ") || "them, once one is there"}` : `Write '${meant}'`;
      const sentence = `is none of alerts.targets. ${remedy}`;
      return [broken("target_unknown", `alerts.routes.${severity}[${index}]`, name, sentence, { targets })];
    }),
  );
}

function budgetRules({ budget, alerts }: Environment): EnvironmentIssue[] {
  if (budget === undefined || alerts === undefined) return [];
  const told = [...alerts.routes.minor, ...alerts.routes.performance, ...alerts.routes.critical];
  if (told.length > 0) return [];
  const sentence = "needs somebody to tell: no route of alerts names a target. Add one to alerts.routes.minor";
  return [broken("budget_untold", "budget.usdPerMonth", budget.usdPerMonth, sentence)];
}

function secretRules(environment: Environment): EnvironmentIssue[] {
  return secretsWithin(environment).map((path) => ({
    code: "secret_in_file",
    path: pathText(path),
    message: `${pathText(path)}: this looks like a secret, and files are no place for one. Put it into Secrets Manager and write its name.`,
    facts: {},
  }));
}
