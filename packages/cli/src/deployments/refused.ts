import { OperationError } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/** What to look at, or do, after each refusal about an endpoint. */
const remedies: Readonly<Record<string, (endpoint: string, again: string) => string>> = {
  deployment_rolled_back: (endpoint, again) =>
    `see what rang with: sagewright endpoints show ${endpoint}${again}; the model's log stands in CloudWatch under /aws/sagemaker/Endpoints/${endpoint}`,
  endpoint_failed: (endpoint, again) => `see why with: sagewright endpoints show ${endpoint}${again}`,
  endpoint_busy: (endpoint, again) => `see what goes on with: sagewright endpoints show ${endpoint}${again}`,
  endpoint_unknown: (_, again) => `publish a version: sagewright deploy MODEL@VERSION${again}`,
  nothing_before: (_, again) => `deploy a version by name: sagewright deploy MODEL@VERSION --at-once${again}`,
};

/** An error about an endpoint with its subject, the reason apart, and what to do next; others as they are. */
export function refused(error: unknown, endpoint: string, again: string): unknown {
  const remedy = error instanceof OperationError ? remedies[error.code] : undefined;
  if (!(error instanceof OperationError) || remedy === undefined) return error;
  const [message = error.message, ...why] = error.message.split(/(?<=[.:]) (?=[A-Z])/);
  return new CliError({
    code: error.code,
    subject: endpoint,
    message: message.replace(/[.:]$/, "").replace(new RegExp(`^(Endpoint )?${endpoint} (?=has |is )`), "it "),
    ...(why.length === 0 ? {} : { why: why.join(" ").replace(/\.$/, "") }),
    fix: remedy(endpoint, again),
    exitCode: exitCodes.failed,
    facts: error.facts,
    cause: error,
  });
}
