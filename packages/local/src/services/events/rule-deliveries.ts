import type { Target } from "@aws-sdk/client-eventbridge";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import { type Carrier, Outbox } from "../delivery/outbox";
import { backoffMs, invokeTarget, mayRetry } from "../targets/invoke-target";
import { transformInput, valueAt } from "../targets/json-values";
import type { RuleRecord, WireEvent } from "./records";

/** An event on its way to one target of a rule. */
interface RuleDelivery {
  readonly rule: string;
  readonly ruleArn: string;
  readonly target: Target;
  readonly event: WireEvent;
}

/** Deliveries of rules: with retries, dead letters, and the metrics of `AWS/Events`. */
export interface RuleDeliveries {
  /** Durable when resolved. */
  post(rule: RuleRecord, event: WireEvent): Promise<void>;
  recover(): void;
  close(): void;
}

const defaults = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 };

/** Builds the deliveries. */
export function ruleDeliveries(deps: RoomDeps): RuleDeliveries {
  const count = (name: string, rule: string) =>
    deps.metrics.put({ namespace: "AWS/Events", name, dimensions: { RuleName: rule }, value: 1, unit: "Count" });
  const carrier: Carrier<RuleDelivery> = {
    name: ({ rule, target }) => `rule ${rule} to ${target.Arn}`,
    async attempt({ id, content: { rule, ruleArn, target, event } }) {
      await invokeTarget(deps, {
        arn: target.Arn ?? "",
        input: inputOf(target, event, { rule, ruleArn }),
        token: id,
        pipelineParameters: target.SageMakerPipelineParameters?.PipelineParameterList,
        messageGroupId: target.SqsParameters?.MessageGroupId,
        source: event.source,
        detailType: event["detail-type"],
      });
      count("Invocations", rule);
    },
    retryAfter({ attempts, posted, content: { target } }, error) {
      const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = { ...defaults, ...target.RetryPolicy };
      const age = deps.clock.now().getTime() - posted + backoffMs(attempts);
      const over = attempts > (MaximumRetryAttempts ?? 0) || age > (MaximumEventAgeInSeconds ?? 0) * 1000;
      return over || !mayRetry(error) ? undefined : backoffMs(attempts);
    },
    async giveUp({ attempts, content: { rule, ruleArn, target, event } }, error) {
      count("FailedInvocations", rule);
      const queue = target.DeadLetterConfig?.Arn;
      if (queue === undefined) return;
      const text = (StringValue: string) => ({ DataType: "String", StringValue });
      await deps.invoke("sqs", "SendMessage", {
        QueueUrl: queue.replace(/^arn:.*:/, ""),
        MessageBody: JSON.stringify(event),
        MessageAttributes: {
          RULE_ARN: text(ruleArn),
          TARGET_ARN: text(target.Arn ?? ""),
          ERROR_CODE: text(error instanceof ServiceError ? error.code : "SDK_CLIENT_ERROR"),
          ERROR_MESSAGE: text(error instanceof Error ? error.message : String(error)),
          RETRY_ATTEMPTS: { DataType: "Number", StringValue: String(attempts - 1) },
          ...(mayRetry(error) && { EXHAUSTED_RETRY_CONDITION: text("MaximumRetryAttempts") }),
        },
      });
      count("InvocationsSentToDlq", rule);
    },
  };
  const outbox = new Outbox(deps, "rule-deliveries", carrier);
  return {
    async post(rule, event) {
      count("TriggeredRules", rule.name);
      await Promise.all(
        rule.targets.map((target) => outbox.post({ rule: rule.name, ruleArn: rule.arn, target, event })),
      );
    },
    recover: () => outbox.recover(),
    close: () => outbox.close(),
  };
}

function inputOf(target: Target, event: WireEvent, { rule, ruleArn }: { rule: string; ruleArn: string }): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(target.InputPath, event) ?? null);
  if (!target.InputTransformer) return JSON.stringify(event);
  const { detail: _left, ...withoutDetail } = event;
  return transformInput(target.InputTransformer, event, {
    "aws.events.rule-arn": ruleArn,
    "aws.events.rule-name": rule,
    "aws.events.event.ingestion-time": event.time,
    "aws.events.event": withoutDetail,
    "aws.events.event.json": event,
  });
}
