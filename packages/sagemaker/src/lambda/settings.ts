import { z } from "zod";
import { serving } from "../environment/serving";
import { OperationError } from "../errors";
import type { ApprovalSettings } from "./serve-approved";

/** Variable of the function that serves approved versions. */
export const APPROVAL_VARIABLE = "SAGEWRIGHT_APPROVAL";

/** Variable of the function that starts retraining. */
export const RETRAINING_VARIABLE = "SAGEWRIGHT_RETRAINING";

const hosted = z.strictObject({
  group: z.string().min(1),
  endpoint: z.string().min(1),
  roleArn: z.string().min(1),
  serving: serving.refine((given) => given.mode !== "embedded", { error: "has no endpoint" }),
  captureUri: z.string().optional(),
  kmsKey: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  waitSeconds: z.number().min(1).optional(),
});

const embedded = z.strictObject({
  group: z.string().min(1),
  endpoint: z.string().min(1),
  serving: z.strictObject({ mode: z.literal("embedded") }),
  bucket: z.string().min(3),
});

const approval = z.union([embedded, hosted]);

const retraining = z.strictObject({
  pipeline: z.string().min(1),
  parameters: z.record(z.string(), z.string()).default({}),
  /** No retraining this soon after another. */
  coolDownDays: z.number().min(0),
  /** Most retrainings in 30 days. */
  maximumPerMonth: z.number().int().min(1),
});

/** What the function that starts retraining is told. */
export type RetrainingSettings = z.output<typeof retraining>;

/** @throws OperationError `environment_invalid` */
export function approvalSettings(text: string | undefined): ApprovalSettings {
  return settings(APPROVAL_VARIABLE, approval, text) as ApprovalSettings;
}

/** @throws OperationError `environment_invalid` */
export function retrainingSettings(text: string | undefined): RetrainingSettings {
  return settings(RETRAINING_VARIABLE, retraining, text);
}

function settings<T>(variable: string, schema: z.ZodType<T>, text: string | undefined): T {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch (cause) {
    throw new OperationError(
      "environment_invalid",
      `The variable ${variable} is no JSON. Set it as the construct does.`,
      {
        cause,
      },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new OperationError("environment_invalid", `The variable ${variable}: ${issues.join("; ")}.`, {
    facts: { issues },
  });
}
