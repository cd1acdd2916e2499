import type { InvokeEndpointInput, InvokeEndpointOutput } from "@aws-sdk/client-sagemaker-runtime";
import { CloudError, ServiceError } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { operation } from "../../service";
import type { VariantState } from "../sagemaker/endpoints/endpoint-record";
import type { HostedVariant } from "../sagemaker/endpoints/fleet";
import type { Hosting } from "../sagemaker/endpoints/hosting";
import type { ContainerResponse } from "../sagemaker/models/model-server";
import { trafficSplitter } from "./traffic";

const LONGEST_BODY_BYTES = 6_291_456;
const TIMEOUT_MS = 60_000;
const ATTRIBUTES = "x-amzn-sagemaker-custom-attributes";
const TIMED_OUT =
  "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in " +
  "Amazon CloudWatch, resolve the issue, and try again.";

/** Settings of the runtime; all have AWS's values as defaults. */
export interface InvocationSettings {
  /** How long a container may take. @default 60 seconds */
  readonly timeoutMs?: number;
}

/** InvokeEndpoint: one request to a model in service. */
export function invocationsRoom(
  deps: Pick<RoomDeps, "region" | "accountId">,
  host: Hosting,
  settings: InvocationSettings = {},
): Room {
  const choose = trafficSplitter();
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  return {
    operations: {
      InvokeEndpoint: operation<InvokeEndpointInput, InvokeEndpointOutput>(async (request) => {
        const name = request.EndpointName ?? "";
        const endpoint = host.endpoints.get(name);
        if (endpoint === undefined || !["InService", "Updating"].includes(endpoint.status)) {
          throw new ServiceError("ValidationError", `Endpoint ${name} of account ${deps.accountId} not found.`);
        }
        refuseWhatIsNotEmulated(request);
        const body = (request.Body ?? new Uint8Array()) as Uint8Array;
        if (body.byteLength > LONGEST_BODY_BYTES) {
          throw new ServiceError("ValidationError", `HTTP content length exceeded ${LONGEST_BODY_BYTES} bytes.`, {
            status: 413,
          });
        }
        const variant =
          request.TargetVariant === undefined
            ? choose(name, endpoint.variants)
            : targeted(endpoint.variants, request.TargetVariant);
        const fleet = await host.fleet(name);
        return await fleet.use(async () => {
          const hosted = await fleet.server(variant);
          const answer = await ask(hosted, request, body, timeoutMs).catch((error: unknown) => {
            throw error instanceof CloudError ? noAnswer(deps, name, hosted, error) : error;
          });
          if (answer.status >= 400) throw modelError(deps, name, hosted, answer.status, answer.body.toString("utf8"));
          return {
            Body: answer.body as unknown as InvokeEndpointOutput["Body"],
            ContentType: answer.headers["content-type"],
            InvokedProductionVariant: variant,
            CustomAttributes: answer.headers[ATTRIBUTES] as string | undefined,
          };
        });
      }),
    },
  };
}

async function ask(
  { server }: HostedVariant,
  request: InvokeEndpointInput,
  body: Uint8Array,
  timeoutMs: number,
): Promise<ContainerResponse> {
  const headers: Record<string, string> = {};
  if (request.ContentType !== undefined) headers["content-type"] = request.ContentType;
  if (request.Accept !== undefined) headers.accept = request.Accept;
  if (request.CustomAttributes !== undefined) headers[ATTRIBUTES] = request.CustomAttributes;
  if (request.InferenceId !== undefined) headers["x-amzn-sagemaker-inference-id"] = request.InferenceId;
  try {
    return await server.send({ method: "POST", path: "/invocations", headers, body, timeoutMs });
  } catch (error) {
    // A worker that hangs is replaced, as the image's server replaces it; the next request finds a new one.
    if (error instanceof CloudError && error.code === "container_timeout") void server.stop(0);
    throw error;
  }
}

function targeted(variants: readonly VariantState[], wanted: string): string {
  if (variants.some(({ name }) => name === wanted)) return wanted;
  throw new ServiceError(
    "ValidationError",
    `Variant ${wanted} is not a production variant of this endpoint. Its variants are ${variants.map(({ name }) => name).join(", ")}.`,
  );
}

function noAnswer(
  deps: Pick<RoomDeps, "region" | "accountId">,
  endpoint: string,
  hosted: HostedVariant,
  error: CloudError,
): ServiceError {
  const message = error.code === "container_timeout" ? TIMED_OUT : "The container ended before it answered.";
  return modelError(deps, endpoint, hosted, 0, message);
}

function modelError(
  { region, accountId }: Pick<RoomDeps, "region" | "accountId">,
  endpoint: string,
  { container, logStream }: HostedVariant,
  status: number,
  body: string,
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

function refuseWhatIsNotEmulated(request: InvokeEndpointInput): void {
  for (const member of ["TargetModel", "TargetContainerHostname", "InferenceComponentName", "SessionId"] as const) {
    if (request[member] !== undefined) {
      throw new ServiceError(
        "ValidationError",
        `${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`,
      );
    }
  }
}
