import { type CloudError, ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import type { HostedVariant } from "../sagemaker/endpoints/variant-server";

const TIMED_OUT =
  "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in " +
  "Amazon CloudWatch, resolve the issue, and try again.";

/** ModelError for a container that gave no answer. */
export function noAnswer(
  deps: Pick<RoomDeps, "region" | "accountId">,
  endpoint: string,
  hosted: HostedVariant,
  error: CloudError,
): ServiceError {
  const body = error.code === "container_timeout" ? TIMED_OUT : "The container ended before it answered.";
  return modelError(deps, endpoint, hosted, { status: 0, body });
}

/** ModelError, in AWS's words, for a container that answered with an error. */
export function modelError(
  { region, accountId }: Pick<RoomDeps, "region" | "accountId">,
  endpoint: string,
  { container, logStream }: HostedVariant,
  { status, body }: { status: number; body: string },
): ServiceError {
  const group = `/aws/sagemaker/Endpoints/${endpoint}`;
  const blame = status >= 400 && status < 500 ? "client" : "server";
  const message =
    `Received ${blame} error (${status}) from ${container} with message "${body}". See https://${region}.console.aws.amazon.com/cloudwatch/` +
    `home?region=${region}#logEventViewer:group=${group} in account ${accountId} for more information.`;
  return new ServiceError("ModelError", message, {
    status: 424,
    facts: {
      OriginalStatusCode: status,
      OriginalMessage: body,
      LogStreamArn: `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:${logStream}`,
    },
  });
}
