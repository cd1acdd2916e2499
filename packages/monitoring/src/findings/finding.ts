import { z } from "zod";

/** How bad: nobody gets (right) predictions, the model is worse than it was, or worth a look on a working day. */
export const severities = ["minor", "performance", "critical"] as const;

/** One of {@link severities}. */
export type Severity = (typeof severities)[number];

/** What a finding is about. */
export const findingKinds = [
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

/** One of {@link findingKinds}. */
export type FindingKind = (typeof findingKinds)[number];

const key = z.string().min(1).max(300);
const moment = z.iso.datetime();

const findingSchema = z.strictObject({
  /** The same for the same problem, however often it is found: `churn/drift/plan`. */
  key,
  kind: z.enum(findingKinds),
  severity: z.enum(severities),
  /** Feature, metric, alarm or target that it is about. */
  subject: z.string().min(1).max(255),
  /** What happened, in a sentence. */
  what: z.string().min(1).max(1_000),
  /** How bad it is, in a sentence. */
  extent: z.string().min(1).max(1_000),
  /** How many times the limit; people are told again when it has grown by half. @default they are not */
  magnitude: z.number().optional(),
  /** Since when it is so, as far as is known. */
  since: moment,
  model: z.strictObject({
    name: z.string().min(1).max(100),
    /** @default absent where it is not known, as for an alarm */
    version: z.string().min(1).max(100).optional(),
    /** When that version gave its first prediction. */
    since: moment.optional(),
  }),
  /** What to do first, in a sentence. */
  action: z.string().min(1).max(1_000),
  /** Page of docs/runbooks, without `.md`. */
  runbook: z.string().regex(/^[a-z0-9-]+$/),
  /** Findings of one group are one incident. @default the finding is one alone */
  group: key.optional(),
});

/** Something that somebody should know, as plain data. */
export type Finding = z.output<typeof findingSchema>;

/** What was looked at, at one moment: what was found, and what was looked at and is in order. */
export const observationSchema = z.strictObject({
  format: z.literal(1),
  /** When it was looked at. An older observation never overrules a newer one. */
  at: moment,
  findings: z.array(findingSchema).max(1_000),
  /**
   * Keys of findings that are over, or never were; `churn/drift/*` is every such key that is not among the findings. What could
   * not be judged stands in neither list.
   */
  cleared: z.array(key).max(10_000),
  /** News for those who know of an incident, such as what a retraining came to. @default none */
  notes: z
    .array(
      z.strictObject({
        /** Said once, however often it is given. */
        id: key,
        /** The incident's group, or the key of one of its findings. */
        about: key,
        text: z.string().min(1).max(1_000),
      }),
    )
    .max(100)
    .optional(),
});

/** See {@link observationSchema}. */
export type Observation = z.output<typeof observationSchema>;

/** The worse of two. */
export function worse(one: Severity, other: Severity): Severity {
  return severities.indexOf(one) >= severities.indexOf(other) ? one : other;
}
