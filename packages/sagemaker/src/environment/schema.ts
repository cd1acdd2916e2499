import { z } from "zod";
import { alerts, monitoring, retraining } from "./alerts";
import { kmsKey, share, text, whole } from "./fields";
import { serving } from "./serving";

const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
];

/** When a trained model may be registered and promoted. */
const gate = z.strictObject({
  /** @default 0.8 */
  minimumAuc: share.default(0.8),
  /** The challenger's ROC AUC may be this much lower than the champion's; 0 asks for proof of being better. @default 0.01 */
  margin: z.number().min(0).max(0.5).default(0.01),
  /** Level of the one-sided paired test against the champion. @default 0.05 */
  significance: z.number().min(0.0001).max(0.5).default(0.05),
});

/** How jobs get their machines. */
const training = z.strictObject({
  /** Managed spot, with checkpoints. @default true */
  spot: z.boolean().default(true),
  /** A run whose spot capacity never came is tried again on demand. @default true */
  onDemandRetry: z.boolean().default(true),
  /** @default what the pipeline says */
  maximumRuntimeSeconds: whole(1, 2_419_200).optional(),
  /** Waiting for spot capacity and running together. @default what the pipeline says */
  maximumWaitSeconds: whole(1, 2_419_200).optional(),
});

/** How long things are kept. */
const retention = z.strictObject({
  /** A decision must be explainable this long after it was made. @default 365 */
  decisionsExplainableDays: whole(1, 36_500).default(365),
  /** Record of decisions. @default 365 */
  auditDays: whole(1, 36_500).default(365),
  /** Models and their reports. @default 730 */
  modelDays: whole(1, 36_500).default(730),
  /** @default 730 */
  rawDataDays: whole(1, 36_500).default(730),
  /** @default 90 */
  captureDays: whole(1, 36_500).default(90),
  /** One of CloudWatch Logs' periods. @default 30 */
  logDays: z
    .literal(LOG_DAYS, { error: `is no retention of CloudWatch Logs. Use one of ${LOG_DAYS.join(", ")}` })
    .default(30),
});

/** What a month is made of, for `sagewright cost` and the budget. */
const traffic = z.strictObject({
  /** @default 100000 */
  predictionsPerMonth: whole(0).default(100_000),
  /** Most requests a second. @default ten times the month's mean */
  peakRequestsPerSecond: z.number().positive().optional(),
  /** Runs of the training pipeline. @default 4 */
  runsPerMonth: z.number().min(0).default(4),
  /** Billed minutes of one job. @default 5 */
  jobMinutes: z.number().positive().default(5),
  /** Part of the price that spot saves. @default 0.6 */
  spotSaving: share.default(0.6),
});

/** What a month may cost. */
const budget = z.strictObject({
  usdPerMonth: z.number().positive(),
  /** Shares of the budget at which somebody is told. @default half, 80 %, all */
  alertAt: z.array(z.number().positive().max(10)).min(1).max(5).default([0.5, 0.8, 1]),
});

/** Values for a product's pipeline in this environment. */
const pipelineValues = z.strictObject({
  /** Parameters of a run, by name; `--set` wins. @default the pipeline's own defaults */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

const noSystemTag = (name: string) => !name.startsWith("aws:");

/** An environment: where things are, and how big, careful and expensive they may be. */
export const environmentSchema = z.strictObject({
  /** Also the file's name: `config/NAME.ts`. */
  name: text(/^[a-z][a-z0-9-]{0,19}$/, "is no name. Write up to 20 small letters, digits and hyphens"),
  account: text(/^\d{12}$/, "is no AWS account. Write its twelve digits, in quotes"),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "is no AWS region. Write one such as eu-central-1"),
  /** @default sagewright-REGION-ACCOUNT */
  bucket: text(
    /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "is no bucket's name. Write 3 to 63 small letters, digits, hyphens and dots",
  ).optional(),
  /** Name of the role that SageMaker assumes, with its path if it has one. @default SagewrightExecution */
  role: text(
    /^(?!arn:)[\w+=,.@/-]{1,512}$/,
    "is no role's name. Write the name alone, such as SagewrightExecution; its ARN follows from the account",
  ).default("SagewrightExecution"),
  /** Profile of ~/.aws/config. @default the default credential chain */
  profile: z.string().min(1).optional(),
  /** On everything that is made. @default none */
  tags: z
    .record(
      z
        .string()
        .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u)
        .refine(noSystemTag),
      z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u),
    )
    .default({}),
  /** Encrypts the bucket, volumes and captures. @default keys that AWS manages */
  kmsKey: kmsKey.optional(),
  pipeline: z
    .strictObject({
      /** Most steps of a run at once. @default SageMaker's own limit */
      parallelism: whole(1).optional(),
    })
    .default({}),
  /** By product's name. @default nothing */
  pipelines: z.record(z.string(), pipelineValues).default({}),
  gate: gate.prefault({}),
  training: training.prefault({}),
  serving,
  retention: retention.prefault({}),
  traffic: traffic.prefault({}),
  /** @default no budget: nobody is told */
  budget: budget.optional(),
  /** @default what a product brings */
  monitoring: monitoring.optional(),
  /** @default nobody is told */
  alerts: alerts.optional(),
  /** @default only when asked for */
  retraining: retraining.optional(),
});

/** An environment as it is written: everything with a default may be left out. */
export type EnvironmentInput = z.input<typeof environmentSchema>;

/** An environment with every default filled in. */
export type Environment = z.output<typeof environmentSchema>;
