import { OBSERVATION_EVENT, RETRAINING_EVENT } from "@sagewright/monitoring";
import type { Environment } from "@sagewright/sagemaker";
import { Duration, Resource, Stack, TimeZone } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, type IEventBus, Rule, type RuleProps } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { IPipeline } from "aws-cdk-lib/aws-sagemaker";
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
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
  /** Whether somebody may ask for one, as `POST /retrain` does: who may call the function. @default only calendar and findings start it */
  readonly onRequest?: boolean;
  /** Days of rest after a training that findings started. @default 7 */
  readonly coolDownDays?: number;
  /** Trainings in a calendar month after which none is started, whoever wants one. @default 4 */
  readonly maximumPerMonth?: number;
  /** What training may cost a calendar month, and what one costs. @default no guard */
  readonly budget?: Retraining["budget"];
  /** Values of the pipeline's parameters. @default every parameter has its default */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Where fresh rows are: a training reads them beside the data of the last run.
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

/**
 * Trains again by the calendar, because of findings, and when somebody asks. One function starts them all, by the same rules and on
 * the same data. Each start has a token of its own, so that a repeated call, a repeated event or several findings at once start one
 * execution; what cannot be started lands in a dead-letter queue. What a training came to, and what was decided about its version, is
 * published for the alert router, which tells those who know of the trouble.
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
  /** Starts trainings. @default absent when nothing starts one */
  readonly function?: IFunction;

  constructor(scope: Construct, id: string, props: RetrainingScheduleProps) {
    super(scope, id);
    const { schedule = MONTHLY, timezone = "UTC", onDrift = true, onPerformance = true, onRequest = false } = props;
    const findings = onDrift || onPerformance;
    this.deadLetterQueue = props.deadLetterQueue ?? deadLetters(this, "DeadLetters");
    const expression = schedule === "none" ? undefined : checkedExpression(schedule);
    if (expression === undefined && !findings && !onRequest) return;
    const eventBus = props.eventBus ?? EventBus.fromEventBusName(this, "Bus", "default");
    const start = this.starting(props, eventBus);
    this.function = start.function;
    this.tell(start, props);
    if (expression !== undefined) this.schedule = this.scheduled(start, expression, checkedZone(timezone));
    if (findings) this.rule = this.because(start, props, eventBus);
    if (onRequest && props.data !== undefined) this.accepted(start, props, eventBus);
  }

  /** Starts that failed and wait in the dead-letter queue. @default maximum over five minutes */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options);
  }

  private scheduled({ function: target }: ApiFunction, expression: string, zone: string): Schedule {
    const { account } = Stack.of(this);
    const group = Stack.of(this).formatArn({
      service: "scheduler",
      resource: "schedule-group",
      resourceName: "default",
    });
    const called = new PolicyStatement({
      sid: "Call",
      actions: ["lambda:InvokeFunction"],
      resources: [target.functionArn],
    });
    const statements = [called, failureStatement(this.deadLetterQueue)];
    const role = new Role(this, "Calendar", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": account, "aws:SourceArn": group } },
      }),
      description: "Calls the function that trains again",
      inlinePolicies: { call: new PolicyDocument({ statements }) },
    });
    return new Schedule(this, "Schedule", {
      description: "Trains again",
      schedule: ScheduleExpression.expression(expression, TimeZone.of(zone)),
      target: new LambdaInvoke(target, {
        // No wildcard for versions, of which nobody is scheduled.
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({
          source: RETRAINING_EVENT.source,
          "detail-type": RETRAINING_EVENT.due,
          // The moment that is scheduled: trying again starts nothing twice.
          time: ContextAttribute.scheduledTime,
          detail: { by: "schedule" },
        }),
        deadLetterQueue: this.deadLetterQueue,
        retryAttempts: 5,
        maxEventAge: Duration.hours(6),
      }),
    });
  }

  private starting(props: RetrainingScheduleProps, eventBus: IEventBus): ApiFunction {
    const { pipeline, model, parameters = {}, logDays = 30, name = model, data, budget } = props;
    const { onDrift = true, onPerformance = true, coolDownDays = 7, maximumPerMonth = 4 } = props;
    const rules = {
      onDrift,
      onPerformance,
      coolDownDays,
      maximumPerMonth,
      ...(budget === undefined ? {} : { budget }),
    };
    const stack = Stack.of(this);
    const start = new ApiFunction(this, "Start", {
      functionName: `${name}-retrain`,
      description: `Trains ${model} again, and tells what came of it`,
      code: bundled("retrain"),
      environment: {
        ...{ MODEL: model, PIPELINE: pipeline.pipelineName, EVENT_BUS: eventBus.eventBusName },
        PARAMETERS: stack.toJsonString(parameters),
        RULES: stack.toJsonString(rules),
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
      withoutQueue:
        "Called by rules and a schedule, which have a dead-letter queue of their own; failed calls go to the same queue.",
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
    return start;
  }

  /** What trainings came to is of interest whoever started them. */
  private tell(start: ApiFunction, { pipeline, model }: RetrainingScheduleProps): void {
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
  }

  private because(start: ApiFunction, { model }: RetrainingScheduleProps, eventBus: IEventBus): Rule {
    return this.listen("Findings", start, {
      description: `Findings that may start retraining of ${model}`,
      eventBus,
      eventPattern: { source: [OBSERVATION_EVENT.source], detailType: [OBSERVATION_EVENT.detailType] },
    });
  }

  /** Requests that were accepted: who asked does not wait for data to be put together. */
  private accepted(start: ApiFunction, { model }: RetrainingScheduleProps, eventBus: IEventBus): void {
    this.listen("Requests", start, {
      description: `Accepted requests for retraining of ${model}`,
      eventBus,
      eventPattern: {
        source: [RETRAINING_EVENT.source],
        detailType: [RETRAINING_EVENT.due],
        detail: { model: [model] },
      },
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
