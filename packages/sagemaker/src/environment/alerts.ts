import { z } from "zod";
import { secretName, share, text, timeZone, whole } from "./fields";

/** A receiver of alerts. What gives access to it is a secret, named here and kept elsewhere. */
const target = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("pagerduty"), secret: secretName }),
  z.strictObject({ type: z.literal("slack"), secret: secretName, channel: z.string().min(1).optional() }),
  z.strictObject({
    type: z.literal("jira"),
    secret: secretName,
    site: text(/^https:\/\/[\w.-]+$/, "is no address of a Jira site. Write https://NAME.atlassian.net"),
    project: text(/^[A-Z][A-Z0-9_]+$/, "is no key of a Jira project. Write one such as OPS"),
  }),
  z.strictObject({ type: z.literal("email"), address: z.email() }),
]);

const names = z.array(z.string().min(1)).default([]);
/** What a finding can be about, as the monitoring library names it. */
const findingKinds = [
  "drift",
  "score-drift",
  "relation-drift",
  "segment-drift",
  "data-quality",
  "no-data",
  "performance",
  "labels-missing",
  "alarm",
  "delivery",
  "retraining",
  "test",
] as const;
const severities = ["critical", "performance", "minor"] as const;

/** The first rule that fits decides. What a rule does not say stays as it was found. */
const rule = z.strictObject({
  /** All that is given has to fit; `*` in subject stands for any text. */
  when: z.strictObject({
    kind: z.enum(findingKinds).optional(),
    severity: z.enum(severities).optional(),
    subject: z.string().min(1).optional(),
    model: z.string().min(1).optional(),
  }),
  /** `silent` tells nobody. @default as it was found */
  severity: z.enum([...severities, "silent"]).optional(),
  /** `kind`: one incident a kind and model; `none`: every finding is one. @default as it was found */
  group: z.enum(["kind", "none"]).optional(),
});

const clock = text(/^([01]\d|2[0-3]):[0-5]\d$/, "is no time of day. Write 22:00");

/** Who is told of what. Targets are named once and routed to by severity. */
export const alerts = z.strictObject({
  targets: z.record(z.string().regex(/^[\w-]+$/), target),
  routes: z.strictObject({
    /** Nobody gets predictions, or wrong ones. */
    critical: names,
    /** The model is worse than it was. */
    performance: names,
    /** Worth a look on a working day. */
    minor: names,
  }),
  /** Only critical alerts go out in these hours. @default alerts go out at any hour */
  quietHours: z.strictObject({ from: clock, to: clock, timezone: timeZone.default("UTC") }).optional(),
  /** Most messages an hour to one target; the rest are gathered into one. @default 20 */
  perHour: whole(1).default(20),
  /** What is judged otherwise than it was found. @default nothing */
  rules: z.array(rule).default([]),
  /** Address of the folder with the run-books, which every message links. @default messages name the page without an address */
  runbooks: z.url({ protocol: /^https?$/ }).optional(),
});

/** What is watched. */
export const monitoring = z.strictObject({
  /** Share of no-drift weeks that may raise a false alarm. @default 0.01 */
  falseAlarmShare: share.default(0.01),
  /** Fewest predictions in a window that says anything. @default 200 */
  minimumSample: whole(1).default(200),
  /** Window of drift. @default 7 */
  driftWindowDays: whole(1, 366).default(7),
  /** What really happened is known so long after a prediction; only then are labels missing. @default 30 */
  labelDelayDays: whole(0, 3_660).default(30),
  /** An alarm when no prediction came for so long. @default 60 */
  silenceMinutes: whole(1).default(60),
  /** 95 % of answers may take this long. @default 500 */
  latencyP95Ms: whole(1).default(500),
  /** Share of answers that may be 5xx. @default 0.01 */
  errorShare: share.default(0.01),
});

/** When a new model is trained without being asked for. */
export const retraining = z.strictObject({
  /** An EventBridge schedule, or none. @default the first of the month at 03:00 */
  schedule: text(
    /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minutes?|hours?|days?)\))$/,
    "is no schedule. Write cron(0 3 1 * ? *) or rate(30 days)",
  )
    .or(z.literal("none"))
    .default("cron(0 3 1 * ? *)"),
  /** @default UTC */
  timezone: timeZone.default("UTC"),
  /** Drift starts it. @default true */
  onDrift: z.boolean().default(true),
  /** ROC AUC below the gate starts it. @default true */
  onPerformance: z.boolean().default(true),
  /** Days of rest after a training that drift or performance started. @default 7 */
  coolDownDays: whole(0, 366).default(7),
  /** Most trainings a month, however started. @default 4 */
  maximumPerMonth: whole(1, 744).default(4),
  /** What training may cost a calendar month, and what one costs: none is started beyond it. @default no guard */
  budget: z.strictObject({ usdPerMonth: z.number().min(0), usdPerRun: z.number().min(0) }).optional(),
  /** What was predicted and labelled since, beside the data of the last run. */
  fresh: z
    .strictObject({
      /** Rows that are older, of history too where their date is known, are left out. @default rows of any age are taken */
      windowDays: whole(1, 3_660).optional(),
      /** Column of the data that dates a row of history, ISO 8601. @default rows of history are older than all fresh ones */
      dateColumn: z.string().min(1).optional(),
      /** In training a fresh row counts as so many of history; any number above 0. @default 1 */
      weight: z.number().positive().max(1_000).default(1),
      /** With fewer labelled rows the data of the last run is taken as it was. @default 200 */
      minimumRows: whole(20).default(200),
    })
    .prefault({}),
});
