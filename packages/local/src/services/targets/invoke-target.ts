import { ServiceError } from "../../errors";
import type { ServiceName } from "../../invoke";
import type { RoomDeps } from "../../room";
import { valueAt } from "./json-values";

/** What rules and schedules call, as far as both have it alike. */
export interface TargetCall {
  readonly arn: string;
  /** JSON or other text. */
  readonly input: string;
  /** Repeats of one call have one token. */
  readonly token: string;
  readonly pipelineParameters?: readonly { Name?: string | undefined; Value?: string | undefined }[] | undefined;
  readonly messageGroupId?: string | undefined;
  /** Of a target that is an event bus. */
  readonly source?: string | undefined;
  readonly detailType?: string | undefined;
}

type Call = (deps: RoomDeps, call: TargetCall) => Promise<unknown>;

const kinds: readonly [RegExp, Call][] = [
  [
    /^arn:[^:]+:sagemaker:[^:]*:[^:]*:pipeline\/([^/]+)$/,
    ({ invoke }, { arn, token, input, pipelineParameters }) =>
      invoke("sagemaker", "StartPipelineExecution", {
        PipelineName: arn.slice(arn.lastIndexOf("/") + 1),
        ClientRequestToken: token,
        PipelineParameters: (pipelineParameters ?? []).map(({ Name, Value = "" }) => ({
          Name,
          Value: dynamic(Value, input),
        })),
      }),
  ],
  [
    /^arn:[^:]+:lambda:[^:]*:[^:]*:function:/,
    ({ invoke }, { arn, input }) =>
      invoke("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload: Buffer.from(input) }),
  ],
  [/^arn:[^:]+:sns:/, ({ invoke }, { arn, input }) => invoke("sns", "Publish", { TopicArn: arn, Message: input })],
  [
    /^arn:[^:]+:sqs:/,
    ({ invoke }, { arn, input, messageGroupId }) =>
      invoke("sqs", "SendMessage", {
        QueueUrl: arn.replace(/^arn:.*:/, ""),
        MessageBody: input,
        ...(messageGroupId !== undefined && { MessageGroupId: messageGroupId }),
      }),
  ],
  [/^arn:[^:]+:logs:[^:]*:[^:]*:log-group:/, (deps, call) => writeLog(deps, call)],
  [
    /^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//,
    ({ invoke }, { arn, input, source, detailType }) =>
      invoke("events", "PutEvents", {
        Entries: [
          { EventBusName: arn.slice(arn.lastIndexOf("/") + 1), Source: source, DetailType: detailType, Detail: input },
        ],
      }),
  ],
];

/** Whether calls to an ARN are emulated. */
export const isKnownTarget = (arn: string): boolean => kinds.some(([pattern]) => pattern.test(arn));

/** @throws ServiceError of the called service */
export async function invokeTarget(deps: RoomDeps, call: TargetCall): Promise<void> {
  const kind = kinds.find(([pattern]) => pattern.test(call.arn));
  if (!kind)
    throw new ServiceError(
      "ValidationException",
      `Targets of this kind are not emulated by Sagewright's embedded cloud: ${call.arn}`,
    );
  await kind[1](deps, call);
}

/** Services of universal targets by the names they have in the AWS SDK for Java. */
const universal: Record<string, ServiceName> = {
  sagemaker: "sagemaker",
  sqs: "sqs",
  sns: "sns",
  lambda: "lambda",
  s3: "s3",
  cloudwatch: "monitoring",
  cloudwatchlogs: "logs",
  eventbridge: "events",
  applicationautoscaling: "application-autoscaling",
  scheduler: "scheduler",
};

/** What a universal target (`arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution`) calls; undefined for other ARNs. */
export function universalTarget(arn: string): { service: ServiceName; operation: string } | undefined {
  const [, name = "", action = ""] = /^arn:[^:]+:scheduler:::aws-sdk:([^:]+):([^:]+)$/.exec(arn) ?? [];
  const service = universal[name];
  return service && { service, operation: action.charAt(0).toUpperCase() + action.slice(1) };
}

/** A parameter may be a path into the event. */
function dynamic(value: string, input: string): string {
  if (!value.startsWith("$.")) return value;
  const found = valueAt(value, JSON.parse(input));
  return typeof found === "string" ? found : JSON.stringify(found);
}

async function writeLog({ logs, clock }: RoomDeps, { arn, input, token }: TargetCall): Promise<void> {
  const group = /:log-group:([^:]+)/.exec(arn)?.[1] ?? "";
  logs.append(group, token, [{ timestamp: clock.now().getTime(), message: input }]);
}

/** Whether a failed call may succeed later: what is missing or refused stays so. */
export function mayRetry(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return true;
  return (
    /throttl|limit|TooManyRequests|SlowDown|ServiceUnavailable|Internal/i.test(error.code) ||
    (error.status ?? 400) >= 500
  );
}

/** Milliseconds before the next attempt: doubling from one second to ten minutes. */
export const backoffMs = (attempts: number): number => Math.min(1000 * 2 ** (attempts - 1), 600_000);
