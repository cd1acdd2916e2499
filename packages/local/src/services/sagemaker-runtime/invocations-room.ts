import { randomUUID } from "node:crypto";
import type { InvokeEndpointInput, InvokeEndpointOutput } from "@aws-sdk/client-sagemaker-runtime";
import { CloudError, ServiceError } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { operation } from "../../service";
import { inBackground } from "../sagemaker/background/in-background";
import { type CaptureSettings, dataCapture } from "../sagemaker/endpoints/capture/data-capture";
import type { EndpointRecord } from "../sagemaker/endpoints/endpoint-record";
import { everyVariant } from "../sagemaker/endpoints/hosted";
import type { Hosting, RoutedLease } from "../sagemaker/endpoints/hosting";
import { hostedNow, isServing } from "../sagemaker/endpoints/routing";
import type { HostedVariant } from "../sagemaker/endpoints/variant-server";
import type { ContainerResponse } from "../sagemaker/models/model-server";
import { publishInvocation } from "./invocation-metrics";
import { modelError, noAnswer } from "./model-error";

const LONGEST_BODY_BYTES = 6_291_456;
const LONGEST_SERVERLESS_BODY_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const ATTRIBUTES = "x-amzn-sagemaker-custom-attributes";

/** Settings of the runtime; all have AWS's values as defaults. */
export interface InvocationSettings extends CaptureSettings {
  /** How long a container may take. @default 60 seconds */
  readonly timeoutMs?: number;
}

type RuntimeDeps = Pick<RoomDeps, "region" | "accountId" | "objects" | "logs" | "clock" | "metrics">;

/** InvokeEndpoint: one request to a model in service. */
export function invocationsRoom(deps: RuntimeDeps, host: Hosting, settings: InvocationSettings = {}): Room {
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const capture = dataCapture(deps, settings);

  const answered = async (
    endpoint: EndpointRecord,
    lease: RoutedLease,
    request: InvokeEndpointInput,
    body: Uint8Array,
  ): Promise<ContainerResponse> => {
    const { variant, hosted } = lease.route;
    const began = performance.now();
    const warm = lease.fleet.isWarm(variant);
    const concurrent = lease.fleet.inFlight(variant);
    const state = everyVariant(hosted).find(({ name }) => name === variant);
    const container = await lease.server().catch((cause: unknown) => {
      throw cause instanceof CloudError && cause.code === "variant_failed" ? notReady(cause) : cause;
    });
    const asked = performance.now();
    const report = (status: number) => {
      const ended = performance.now();
      publishInvocation(deps.metrics, {
        endpoint: endpoint.name,
        variant,
        instances: state?.desiredInstances ?? 1,
        concurrent,
        status,
        modelMs: ended - asked,
        totalMs: ended - began,
        setupMs: warm ? 0 : asked - began,
      });
    };
    let answer: ContainerResponse;
    try {
      answer = await deps.clock.during(`request to ${endpoint.name}`, ask(container, request, body, timeoutMs));
    } catch (error) {
      report(0);
      throw error instanceof CloudError ? noAnswer(deps, endpoint.name, container, error) : error;
    }
    report(answer.status);
    if (answer.status < 400) return answer;
    throw modelError(deps, endpoint.name, container, { status: answer.status, body: answer.body.toString("utf8") });
  };

  /** Off the request's way: the caller has its answer before the record is made. */
  const keep = (
    endpoint: EndpointRecord,
    lease: RoutedLease,
    request: InvokeEndpointInput,
    answer: ContainerResponse,
  ) => {
    const { hosted, variant } = lease.route;
    if (!capture.samples(hosted.capture)) return;
    const { capture: config } = hosted;
    const time = deps.clock.now();
    setImmediate(() =>
      capture.take(
        { endpoint: endpoint.name, variant, config },
        {
          input: { contentType: request.ContentType, data: bodyOf(request) },
          output: { contentType: answer.headers["content-type"], data: answer.body },
          eventId: randomUUID(),
          time,
          ...(request.InferenceId === undefined ? {} : { inferenceId: request.InferenceId }),
          ...(request.CustomAttributes === undefined ? {} : { customAttributes: request.CustomAttributes }),
        },
      ),
    );
  };

  /** A copy for the shadow variant; whatever comes of it, the caller has its answer from the other one. */
  const mirror = async (endpoint: EndpointRecord, lease: RoutedLease, request: InvokeEndpointInput): Promise<void> => {
    const shadow = host.shadow(lease);
    if (shadow === undefined) return;
    try {
      keep(endpoint, shadow, request, await answered(endpoint, shadow, request, bodyOf(request)));
    } finally {
      shadow.done();
    }
  };

  return {
    operations: {
      InvokeEndpoint: operation<InvokeEndpointInput, InvokeEndpointOutput>(async (request) => {
        const name = request.EndpointName ?? "";
        const endpoint = host.endpoints.get(name);
        if (endpoint === undefined || !isServing(endpoint)) {
          throw new ServiceError("ValidationError", `Endpoint ${name} of account ${deps.accountId} not found.`);
        }
        refuseWhatIsNotEmulated(request);
        checkTarget(endpoint, request.TargetVariant);
        const body = bodyOf(request);
        checkLength(endpoint, body);
        const lease = host.lease(endpoint, request.TargetVariant);
        try {
          refuseAboveConcurrency(lease);
          inBackground(mirror(endpoint, lease, request));
          const answer = await answered(endpoint, lease, request, body);
          keep(endpoint, lease, request, answer);
          return {
            Body: answer.body as unknown as InvokeEndpointOutput["Body"],
            ContentType: answer.headers["content-type"],
            InvokedProductionVariant: lease.route.variant,
            CustomAttributes: answer.headers[ATTRIBUTES] as string | undefined,
          };
        } finally {
          lease.done();
        }
      }),
    },
    close: () => capture.close(),
  };
}

const bodyOf = (request: InvokeEndpointInput): Uint8Array => (request.Body ?? new Uint8Array()) as Uint8Array;

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

function notReady(cause: CloudError): ServiceError {
  return new ServiceError("ModelNotReadyException", cause.message, { status: 429, cause });
}

/** AWS refuses requests beyond a serverless variant's MaxConcurrency; clients try those again. */
function refuseAboveConcurrency({ route: { variant, hosted }, fleet }: RoutedLease): void {
  const limit = hosted.variants.find(({ name }) => name === variant)?.serverless?.MaxConcurrency;
  if (limit === undefined || fleet.inFlight(variant) <= limit) return;
  throw new ServiceError("ThrottlingException", "Rate exceeded", { status: 400 });
}

function checkTarget(endpoint: EndpointRecord, wanted: string | undefined): void {
  const { variants } = hostedNow(endpoint);
  if (wanted === undefined || variants.some(({ name }) => name === wanted)) return;
  throw new ServiceError(
    "ValidationError",
    `Variant ${wanted} is not a production variant of this endpoint. Its variants are ${variants.map(({ name }) => name).join(", ")}.`,
  );
}

function checkLength(endpoint: EndpointRecord, body: Uint8Array): void {
  const serverless = hostedNow(endpoint).variants.some((variant) => variant.serverless !== undefined);
  const limit = serverless ? LONGEST_SERVERLESS_BODY_BYTES : LONGEST_BODY_BYTES;
  if (body.byteLength <= limit) return;
  throw new ServiceError("ValidationError", `HTTP content length exceeded ${limit} bytes.`, { status: 413 });
}

function refuseWhatIsNotEmulated(request: InvokeEndpointInput): void {
  const members = [
    "TargetModel",
    "TargetContainerHostname",
    "InferenceComponentName",
    "SessionId",
    "EnableExplanations",
    "PrefixAwareId",
  ];
  for (const member of members) {
    if ((request as unknown as Record<string, unknown>)[member] !== undefined) {
      throw new ServiceError(
        "ValidationError",
        `${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`,
      );
    }
  }
}
