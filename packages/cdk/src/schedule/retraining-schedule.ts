import { OBSERVATION_EVENT } from "@sagewright/monitoring";
import type { Environment } from "@sagewright/sagemaker";
import { Duration, Resource, Stack, TimeZone } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, type IEventBus, Rule, type RuleProps } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { IPipeline } from "aws-cdk-lib/aws-sagemaker";
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { Universal } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledgeWildcards } from "../acknowledge";
import { ApiFunction } from "../api/api-function";
import { deadLetters } from "../dead-letters";
import { PropsError } from "../errors";
import { bundled } from "../monitoring/bundled";
import { failureStatement, startStatement } from "../statements";
import { acknowledgeFresh, type FreshData, freshStatements, freshVariable } from "./fresh-data";

/** When a model is trained again, as an environment says it. */
export type Retraining = NonNullable<Environment["retraining"]>;

/** What a {@link RetrainingSchedule} starts, and when. */
export interface RetrainingScheduleProps {
  /** The training pipeline. */
  readonly pipeline: IPipeline;
  /** Name of the model whose findings count: its group in the registry. */
  readonly model: string;
  /** Beginning of the function's name. @default the model's name */
  readonly name?: string;
  /** `cron(...)`, `rate(...)` or `none`. @default at three o'clock on the first of each month */
  readonly schedule?: Retraining["schedule"];
  /** Zone of the schedule's times, such as `Europe/Berlin`. @default UTC */
  readonly timezone?: string;
  /** Whether drift starts it. @default true */
  readonly onDrift?: boolean;
  /** Whether a performance below the gate starts it. @default true */
  readonly onPerformance?: boolean;
  /** Days of rest after a training that findings started. @default 7 */
  readonly coolDownDays?: number;
  /** Trainings in a calendar month after which findings start none. @default 4 */
  readonly maximumPerMonth?: number;
  /** Values of the pipeline's parameters. @default every parameter has its default */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Where fresh rows are: a training that findings start reads them beside the data of the last run.
   * @default the data of the parameters, as it is
   */
  readonly data?: FreshData;
  /** How fresh rows join. @default those of an environment that says nothing */
  readonly fresh?: Retraining["fresh"];
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

/**
 * Trains again by the calendar and because of findings. Each start has a token of its own, so that a repeated call, a repeated
 * event or several findings at once start one execution; what cannot be started lands in a dead-letter queue. What a training came
 * to, and what was decided about its version, is published for the alert router, which tells those who know of the trouble.
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
    const findings = onDrift || onPerformance;
    this.deadLetterQueue = props.deadLetterQueue ?? deadLetters(this, "DeadLetters");
    if (schedule !== "none") this.schedule = this.scheduled(checkedExpression(schedule), checkedZone(timezone), props);
    if (findings) this.rule = this.because(props);
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

  private because(props: RetrainingScheduleProps): Rule {
    const { pipeline, model, parameters = {}, logDays = 30, name = model, data } = props;
    const { onDrift = true, onPerformance = true, coolDownDays = 7, maximumPerMonth = 4 } = props;
    const eventBus = props.eventBus ?? EventBus.fromEventBusName(this, "Bus", "default");
    const stack = Stack.of(this);
    const start = new ApiFunction(this, "Start", {
      functionName: `${name}-retrain`,
      description: `Trains ${model} again because of findings, and tells what came of it`,
      code: bundled("retrain"),
      environment: {
        ...{ MODEL: model, PIPELINE: pipeline.pipelineName, EVENT_BUS: eventBus.eventBusName },
        PARAMETERS: stack.toJsonString(parameters),
        RULES: stack.toJsonString({ onDrift, onPerformance, coolDownDays, maximumPerMonth }),
        ...(data === undefined ? {} : { FRESH: stack.toJsonString(freshVariable(data, props)) }),
      },
      statements: [
        startStatement(pipeline.pipelineArn),
        ...lookStatements(stack, pipeline, model),
        ...(data === undefined ? [] : freshStatements(stack, data, { pipeline, model, parameters })),
        new PolicyStatement({ sid: "Tell", actions: ["events:PutEvents"], resources: [eventBus.eventBusArn] }),
        failureStatement(this.deadLetterQueue),
      ],
      ...(data === undefined ? { memoryMb: 256, timeoutSeconds: 60 } : { memoryMb: 3_008, timeoutSeconds: 900 }),
      logDays,
      withoutQueue: "Called by rules, which have a dead-letter queue of their own; failed calls go to the same queue.",
    });
    acknowledgeWildcards(
      start,
      [
        `arn:<AWS::Partition>:sagemaker:${stack.region}:${stack.account}:pipeline/${pipeline.pipelineName.toLowerCase()}/execution/*`,
        `arn:<AWS::Partition>:sagemaker:${stack.region}:${stack.account}:model-package/${model.toLowerCase()}/*`,
      ],
      "Executions of the one pipeline, and versions of the one group, are numbered by SageMaker.",
    );
    if (data !== undefined) acknowledgeFresh(start, data, { model, parameters });
    start.function.configureAsyncInvoke({
      ...{ retryAttempts: 2, maxEventAge: Duration.hours(1) },
      onFailure: new SqsDestination(this.deadLetterQueue),
    });
    this.listen("RunEnds", start, {
      description: `What trainings of ${model} came to`,
      eventPattern: {
        source: ["aws.sagemaker"],
        detailType: ["SageMaker Model Building Pipeline Execution Status Change"],
        detail: {
          pipelineArn: [pipeline.pipelineArn],
          currentPipelineExecutionStatus: ["Succeeded", "Failed", "Stopped"],
        },
      },
    });
    this.listen("Decisions", start, {
      description: `What was decided about versions of ${model}`,
      eventPattern: {
        source: ["aws.sagemaker"],
        detailType: ["SageMaker Model Package State Change"],
        detail: { ModelPackageGroupName: [model], ModelApprovalStatus: ["Approved", "Rejected"] },
      },
    });
    return this.listen("Findings", start, {
      description: `Findings that may start retraining of ${model}`,
      eventBus,
      eventPattern: { source: [OBSERVATION_EVENT.source], detailType: [OBSERVATION_EVENT.detailType] },
    });
  }

  private listen(id: string, { function: target }: ApiFunction, props: Omit<RuleProps, "targets">): Rule {
    const kept = { deadLetterQueue: this.deadLetterQueue, retryAttempts: 5, maxEventAge: Duration.hours(6) };
    return new Rule(this, id, { ...props, targets: [new LambdaFunction(target, kept)] });
  }
}

/** Looking at the pipeline's runs, and at the versions they made. */
function lookStatements(stack: Stack, { pipelineArn }: IPipeline, model: string): PolicyStatement[] {
  const version = stack.formatArn({
    service: "sagemaker",
    resource: "model-package",
    resourceName: `${model.toLowerCase()}/*`,
  });
  return [
    new PolicyStatement({ sid: "Runs", actions: ["sagemaker:ListPipelineExecutions"], resources: [pipelineArn] }),
    new PolicyStatement({
      sid: "Run",
      actions: ["sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"],
      resources: [`${pipelineArn}/execution/*`],
    }),
    new PolicyStatement({ sid: "Versions", actions: ["sagemaker:DescribeModelPackage"], resources: [version] }),
  ];
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
