import { z } from "zod";

/** Longest wait or time-out of an endpoint's update, from SageMaker's service model. */
const LONGEST_WAIT_SECONDS = 3_600;

/** A text of a given form; `rule` completes the sentence "'x' …" and ends with what to write. */
export function text(form: RegExp, rule: string): z.ZodString {
  return z.string().regex(form, { error: rule });
}

/** A whole number within bounds. */
export function whole(minimum: number, maximum = Number.MAX_SAFE_INTEGER): z.ZodNumber {
  return z.number().int().min(minimum).max(maximum);
}

/** A share: 0 is none, 1 is all. */
export const share = z.number().min(0).max(1);

/** Seconds that an endpoint's update may wait somewhere. */
export const waitSeconds = whole(0, LONGEST_WAIT_SECONDS);

/** Name of an endpoint, a variant and the like. */
export const resourceName = text(
  /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/,
  "is no name for AWS. Write 1 to 63 letters, digits and hyphens, with a letter or digit at both ends",
);

/** A KMS key: its id, `alias/…`, or the ARN of one in another account. */
export const kmsKey = text(
  /^(alias\/[\w/-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}|arn:aws[\w-]*:kms:[\w-]+:\d{12}:(key|alias)\/.+)$/,
  "is no KMS key. Write alias/NAME, a key's id, or the ARN of a key in another account",
);

/** Name of a CloudWatch alarm. */
export const alarmName = text(
  /^(?!arn:)(?=.*\S).{1,255}$/,
  "is no alarm's name. Write the name that CloudWatch shows, not an ARN",
);

/** Name of a secret in Secrets Manager: the secret itself never stands in a file. */
export const secretName = text(
  /^(?!arn:)[\w/+=.@-]{1,512}$/,
  "is no name of a secret. Write the name it has in Secrets Manager, such as sagewright/pagerduty",
);

/** A network to run in. */
export const vpc = z.strictObject({
  subnets: z
    .array(text(/^subnet-[0-9a-f]{8,17}$/, "is no subnet. Write its id, such as subnet-0a1b2c3d"))
    .min(1)
    .max(16),
  securityGroups: z
    .array(text(/^sg-[0-9a-f]{8,17}$/, "is no security group. Write its id, such as sg-0a1b2c3d"))
    .min(1)
    .max(5),
});

/** A time zone that this machine knows. */
export const timeZone = z
  .string()
  .refine(isTimeZone, { error: "is no time zone. Write one as the tz database names it, such as Europe/Berlin" });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
