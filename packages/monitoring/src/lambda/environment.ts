import { z } from "zod";
import { type Alerts, defineAlerts } from "../alerts/config";
import { MonitoringError } from "../errors";
import { type Severity, severities } from "../findings/finding";

/** Variables of a function. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What the function that tells people is told. */
export interface RouteSettings {
  readonly alerts: Alerts;
  readonly bucket: string;
  readonly key: string;
  /** By the topic's ARN. */
  readonly severities: Readonly<Record<string, Severity>>;
  /** ARN of the topic that mails, by the target's name. */
  readonly mailTopics: Readonly<Record<string, string>>;
}

/** Where a model's captures, summaries, outcomes and reports are: prefixes in one bucket, without a slash at the end. */
export interface Places {
  /** Name of the model group. */
  readonly model: string;
  readonly bucket: string;
}

/** @throws MonitoringError `environment_incomplete`, `environment_invalid`, `alerts_invalid` */
export function routeSettings(variables: Variables): RouteSettings {
  const key = required(variables, "STATE_KEY");
  const alerts = json(variables, "ALERTS", z.looseObject({}));
  // The construct names it MODEL-ENVIRONMENT.
  const [, place] = /(?:^|\/)monitoring\/alerts\/([^/]+)\.json$/.exec(key) ?? [];
  return {
    alerts: defineAlerts({ ...(place === undefined ? {} : { place }), ...alerts }),
    bucket: required(variables, "STATE_BUCKET"),
    key,
    severities: json(variables, "TOPIC_SEVERITIES", z.record(z.string(), z.enum(severities))),
    mailTopics: json(variables, "MAIL_TOPICS", z.record(z.string(), z.string()), {}),
  };
}

/** A variable that must be set. @throws MonitoringError `environment_incomplete` */
export function required(variables: Variables, name: string): string {
  const value = variables[name];
  if (value !== undefined && value !== "") return value;
  throw new MonitoringError("environment_incomplete", `The variable ${name} is not set. Set it on the function.`, {
    facts: { name },
  });
}

/** A prefix in a bucket, without slashes at its ends. @throws MonitoringError `environment_incomplete` */
export function prefix(variables: Variables, name: string): string {
  return required(variables, name).replace(/^\/+|\/+$/g, "");
}

/**
 * A variable with JSON.
 *
 * @param instead - where the variable is not set; without it the variable must be.
 * @throws MonitoringError `environment_incomplete`, `environment_invalid`
 */
export function json<T>(variables: Variables, name: string, schema: z.ZodType<T>, instead?: T): T {
  const text = variables[name] ?? "";
  if (text === "" && instead !== undefined) return instead;
  const invalid = (what: string, cause?: unknown) =>
    new MonitoringError("environment_invalid", `The variable ${name} ${what}. Set it as the construct does.`, {
      facts: { name },
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(required(variables, name));
  } catch (cause) {
    if (cause instanceof MonitoringError) throw cause;
    throw invalid("is no JSON", cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
}
