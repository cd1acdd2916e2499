import { z } from "zod";
import { MonitoringError } from "../errors";
import { findingKinds, severities } from "../findings/finding";

const names = z.array(z.string().min(1)).default([]);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "is no time of day. Write 22:00" });
const secret = z.string().regex(/^(?!arn:)[\w/+=.@-]{1,512}$/, { error: "is no name of a secret. Write its name" });

const target = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("pagerduty"), secret }),
  z.strictObject({ type: z.literal("slack"), secret, channel: z.string().min(1).optional() }),
  z.strictObject({
    type: z.literal("jira"),
    secret,
    site: z
      .string()
      .regex(/^https:\/\/[\w.-]+$/, { error: "is no address of a Jira site. Write https://NAME.atlassian.net" }),
    project: z.string().regex(/^[A-Z][A-Z0-9_]+$/, { error: "is no key of a Jira project. Write one such as OPS" }),
  }),
  z.strictObject({ type: z.literal("email"), address: z.email() }),
]);

/** The first rule that fits decides. What a rule does not say stays as it was found. */
const rule = z.strictObject({
  /** All that is given has to fit; `*` in subject stands for any text. */
  when: z.strictObject({
    kind: z.enum(findingKinds).optional(),
    severity: z.enum(severities).optional(),
    subject: z.string().min(1).optional(),
    model: z.string().min(1).optional(),
  }),
  /** `silent` tells nobody. */
  severity: z.enum([...severities, "silent"]).optional(),
  /** `kind`: one incident a kind and model; `none`: every finding is one. */
  group: z.enum(["kind", "none"]).optional(),
});

/** Who is told of what, and when; an environment's `alerts` section has the same form. */
const alertsSchema = z
  .strictObject({
    targets: z.record(z.string().regex(/^[\w-]+$/), target),
    routes: z.strictObject({ critical: names, performance: names, minor: names }),
    /** In these hours only critical alerts go out; the others wait. @default alerts go out at any hour */
    quietHours: z
      .strictObject({ from: timeOfDay, to: timeOfDay, timezone: z.string().min(1).default("UTC") })
      .optional(),
    /** Most messages an hour to one target; openings of critical incidents are not held by it. @default 20 */
    perHour: z.number().int().min(1).default(20),
    /** What is judged otherwise than it was found. @default nothing */
    rules: z.array(rule).default([]),
    /** Where it happens, for people who are told of several places: an environment's name. @default messages do not say */
    place: z.string().min(1).max(100).optional(),
    /** Where the pages of docs/runbooks are. @default messages name the page without an address */
    runbooks: z.url({ protocol: /^https?$/ }).optional(),
  })
  .superRefine((alerts, context) => {
    for (const [severity, routed] of Object.entries(alerts.routes)) {
      for (const [index, name] of routed.entries()) {
        if (Object.hasOwn(alerts.targets, name)) continue;
        const known = Object.keys(alerts.targets).join(", ") || "none";
        context.addIssue({
          code: "custom",
          path: ["routes", severity, index],
          message: `is none of the targets (${known})`,
        });
      }
    }
    const zone = alerts.quietHours?.timezone;
    if (zone !== undefined && !isTimeZone(zone)) {
      context.addIssue({
        code: "custom",
        path: ["quietHours", "timezone"],
        message: "is no time zone. Write Europe/Berlin",
      });
    }
  });

/** Alerts as they are written: everything with a default may be left out. */
export type AlertsInput = z.input<typeof alertsSchema>;

/** Alerts with every default filled in. */
export type Alerts = z.output<typeof alertsSchema>;

/** A receiver of alerts. */
export type AlertTarget = z.output<typeof target>;

/**
 * Checks who is told of what.
 *
 * @throws MonitoringError `alerts_invalid` with every defect in `facts.issues`
 * @example
 * defineAlerts({
 *   targets: { oncall: { type: "pagerduty", secret: "sagewright/pagerduty" } },
 *   routes: { critical: ["oncall"] },
 * });
 */
export function defineAlerts(input: unknown): Alerts {
  const parsed = alertsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => {
    const value = path.reduce<unknown>(
      (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
      input,
    );
    const received = typeof value === "string" ? ` '${value.slice(0, 80)}'` : "";
    return { path: path.join("."), message: `alerts.${path.join(".")}:${received} ${message}` };
  });
  throw new MonitoringError("alerts_invalid", issues.map(({ message }) => message).join("\n"), { facts: { issues } });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
