import { z } from "zod";
import { serving } from "../environment/serving";
import { OperationError } from "../errors";
import type { ApprovalSettings } from "./serve-approved";

/** Variable of the function that serves approved versions. */
export const APPROVAL_VARIABLE = "SAGEWRIGHT_APPROVAL";

const hosted = z.strictObject({
  group: z.string().min(1),
  endpoint: z.string().min(1),
  roleArn: z.string().min(1),
  serving: serving.refine((given) => given.mode !== "embedded", { error: "has no endpoint" }),
  bucket: z.string().min(3),
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

const released = z.strictObject({
  group: z.string().min(1),
  endpoint: z.string().min(1),
  stack: z.string().min(1),
  bucket: z.string().min(3),
});

const approval = z.union([released, embedded, hosted]);

/** @throws OperationError `environment_invalid` */
export function approvalSettings(text: string | undefined): ApprovalSettings {
  return settings(APPROVAL_VARIABLE, approval, text) as ApprovalSettings;
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
