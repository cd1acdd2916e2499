import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FINDING_EVENT } from "@sagewright/monitoring";
import { bundleOperation, type Environment, RETRAINING_VARIABLE, type RetrainingSettings } from "@sagewright/sagemaker";
import { Duration, Resource, Stack, TimeZone } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { type IEventBus, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { IPipeline } from "aws-cdk-lib/aws-sagemaker";
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { Universal } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { ApiFunction } from "../api/api-function";
import { deadLetters } from "../dead-letters";
import { PropsError } from "../errors";
import { failureStatement, startStatement } from "../statements";

/** When a model is trained again, as an environment says it. */
export type Retraining = NonNullable<Environment["retraining"]>;

/** What a {@link RetrainingSchedule} starts, and when. */
export interface RetrainingScheduleProps {
  /** The training pipeline. */
  readonly pipeline: IPipeline;
  /** Name of the model whose findings count. */
  readonly model: string;
  /** `cron(...)`, `rate(...)` or `none`. @default at three o'clock on the first of each month */
  readonly schedule?: Retraining["schedule"];
  /** Zone of the schedule's times, such as `Europe/Berlin`. @default UTC */
  readonly timezone?: string;
  /** Whether drift starts it. @default true */
  readonly onDrift?: boolean;
  /** Whether a performance below the gate starts it. @default true */
  readonly onPerformance?: boolean;
  /** Days after a training in which findings start none. @default 7 */
  readonly coolDownDays?: number;
  /** Trainings in 30 days after which findings start none. @default 4 */
  readonly maximumPerMonth?: number;
  /** Values of the pipeline's parameters. @default every parameter has its default */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Where findings are published. @default the account's default bus */
  readonly eventBus?: IEventBus;
  /** Takes starts that failed for good. @default a queue of this schedule's own, kept for 14 days */
  readonly deadLetterQueue?: IQueue;
  /** Days for which the function's log is kept. @default 30 */
  readonly logDays?: number;
}

const MONTHLY = "cron(0 3 1 * ? *)";
/** Scheduled time makes the token: trying again starts nothing twice. SageMaker wants 32 characters or more. */
const TOKEN = `sagewright-scheduled-retraining-${ContextAttribute.scheduledTime}`;
const DRIFT = ["drift", "score-drift", "relation-drift", "segment-drift"];

/**
 * Trains again by the calendar and because of findings. Each start has a token of its own, so that a repeated call, a repeated
 * event or several findings at once start one execution; what cannot be started lands in a dead-letter queue.
 *
 * @throws PropsError `schedule_invalid`
 * @example
 * new RetrainingSchedule(stack, "Retraining", { pipeline, model: "churn", timezone: "Europe/Berlin" });
 */
export class RetrainingSchedule extends Resource {
  readonly deadLetterQueue: IQueue;
  /** @default absent when nothing is scheduled */
  readonly schedule?: Schedule;
  /** @default absent when findings start nothing */
  readonly rule?: Rule;

  constructor(scope: Construct, id: string, props: RetrainingScheduleProps) {
    super(scope, id);
    const { schedule = MONTHLY, timezone = "UTC", onDrift = true, onPerformance = true } = props;
    this.deadLetterQueue = props.deadLetterQueue ?? deadLetters(this, "DeadLetters");
    if (schedule !== "none") this.schedule = this.scheduled(checkedExpression(schedule), checkedZone(timezone), props);
    const kinds = [...(onDrift ? DRIFT : []), ...(onPerformance ? ["performance"] : [])];
    if (kinds.length > 0) this.rule = this.because(kinds, props);
  }

  /** Starts that failed and wait in the dead-letter queue. @default maximum over five minutes */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options);
  }

  private scheduled(expression: string, zone: string, { pipeline, parameters }: RetrainingScheduleProps): Schedule {
    return new Schedule(this, "Schedule", {
      description: `Trains ${pipeline.pipelineName} again`,
      schedule: ScheduleExpression.expression(expression, TimeZone.of(zone)),
      target: new Universal({
        service: "sagemaker",
        action: "startPipelineExecution",
        input: ScheduleTargetInput.fromObject({
          PipelineName: pipeline.pipelineName,
          ClientRequestToken: TOKEN,
          PipelineExecutionDescription: "Scheduled retraining",
          PipelineParameters: Object.entries(parameters ?? {}).map(([Name, Value]) => ({ Name, Value })),
        }),
        policyStatements: [startStatement(pipeline.pipelineArn)],
        deadLetterQueue: this.deadLetterQueue,
        retryAttempts: 5,
        maxEventAge: Duration.hours(6),
      }),
    });
  }

  private because(kinds: readonly string[], props: RetrainingScheduleProps): Rule {
    const { pipeline, model, parameters = {}, coolDownDays = 7, maximumPerMonth = 4, logDays = 30 } = props;
    const settings: RetrainingSettings = {
      ...{ pipeline: pipeline.pipelineName, parameters: { ...parameters }, coolDownDays, maximumPerMonth },
    };
    const code = mkdtempSync(join(tmpdir(), "sagewright-retrain-"));
    bundleOperation("retrain", code);
    const start = new ApiFunction(this, "Start", {
      functionName: `${model}-retrain`,
      description: "Starts retraining because of a finding",
      code,
      environment: { [RETRAINING_VARIABLE]: Stack.of(this).toJsonString(settings) },
      statements: [
        startStatement(pipeline.pipelineArn),
        new PolicyStatement({
          sid: "Look",
          actions: ["sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"],
          resources: [pipeline.pipelineArn],
        }),
        failureStatement(this.deadLetterQueue),
      ],
      memoryMb: 256,
      timeoutSeconds: 30,
      logDays,
      withoutQueue: "Called by a rule, which has a dead-letter queue of its own; failed calls go to the same queue.",
    });
    start.function.configureAsyncInvoke({
      ...{ retryAttempts: 2, maxEventAge: Duration.hours(1) },
      onFailure: new SqsDestination(this.deadLetterQueue),
    });
    return new Rule(this, "Findings", {
      description: `Findings about ${model} that start retraining`,
      ...(props.eventBus === undefined ? {} : { eventBus: props.eventBus }),
      eventPattern: {
        source: [FINDING_EVENT.source],
        detailType: [FINDING_EVENT.detailType],
        detail: { kind: [...kinds], severity: ["performance", "critical"], model: { name: [model] } },
      },
      targets: [
        new LambdaFunction(start.function, {
          deadLetterQueue: this.deadLetterQueue,
          retryAttempts: 5,
          maxEventAge: Duration.hours(6),
        }),
      ],
    });
  }
}

function checkedExpression(schedule: string): string {
  if (/^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/.test(schedule)) return schedule;
  const rule = `is no schedule. Write one such as ${MONTHLY}, rate(30 days), or none`;
  throw new PropsError("schedule_invalid", "schedule", schedule, rule);
}

function checkedZone(timezone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return timezone;
  } catch {
    throw new PropsError("schedule_invalid", "timezone", timezone, "is no time zone. Write one such as Europe/Berlin");
  }
}
