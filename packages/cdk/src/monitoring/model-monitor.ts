import type { Environment } from "@sagewright/sagemaker";
import { Duration, Resource, Stack } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, type IEventBus, Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { ApiFunction } from "../api/api-function";
import { deadLetters } from "../dead-letters";
import { PropsError } from "../errors";
import { failureStatement } from "../statements";
import { bundled } from "./bundled";
import { acknowledgeMonitor, summariseStatements, weeklyStatements } from "./monitor-statements";

/** What a {@link ModelMonitor} watches, and how closely. */
export interface ModelMonitorProps {
  /** Name of the model: its group in the registry. */
  readonly model: string;
  /** Beginning of the functions' names. @default the model's name */
  readonly name?: string;
  /** Name of the bucket with captures, and with what training made. */
  readonly bucket: string;
  /** Encrypts the bucket. @default a key that AWS manages */
  readonly encryptionKey?: IKey;
  /** Prefix of captured predictions. @default captures */
  readonly captures?: string;
  /** Prefix of labels by prediction. @default ground-truth */
  readonly labels?: string;
  /** Prefix of the model's archives, baselines and evaluations. @default runs */
  readonly artefacts?: string;
  /** Prefix of what this construct writes: `summaries/` and `reports/`. @default monitoring */
  readonly results?: string;
  /** When the captures of the last hours are summed up, an EventBridge expression in UTC. @default at the 20th minute of each hour */
  readonly hourly?: string;
  /** When the last window is judged, an EventBridge expression in UTC. @default Mondays at four o'clock */
  readonly weekly?: string;
  /** Sensitivity and window. @default those of an environment that says nothing */
  readonly monitoring?: Environment["monitoring"];
  /** Least ROC AUC. @default 0.8 */
  readonly minimumAuc?: number;
  /** Where findings and observations are published. @default the account's default bus */
  readonly eventBus?: IEventBus;
  /** Days for which the functions' logs are kept; the dashboard reads them. @default 30 */
  readonly logDays?: number;
}

/** Lambda's own limit: a day that was missed is made up in one go. */
const TIMEOUT = Duration.minutes(15);

/**
 * Watches what a model is asked and answers: each hour captured predictions become a summary, each week summaries and labels become a
 * report, metrics for alarms and the dashboard, and findings on the event bus. What could not be done waits in a dead-letter queue,
 * and the next hour makes it up.
 *
 * @throws PropsError `schedule_invalid`
 * @example
 * new ModelMonitor(stack, "Monitor", { model: "churn", bucket: "data", minimumAuc: 0.8 });
 */
export class ModelMonitor extends Resource {
  readonly deadLetterQueue: IQueue;
  /** Sums captures up by the hour. */
  readonly summarise: ApiFunction;
  /** Judges a window; its log has the worst features by name. */
  readonly weekly: ApiFunction;
  /** Log group that {@link ModelDashboard} shows the worst features of. */
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: ModelMonitorProps) {
    super(scope, id);
    const { model, name = model, monitoring, minimumAuc = 0.8, results = "monitoring" } = props;
    const { captures = "captures", labels = "ground-truth", artefacts = "runs" } = props;
    const places = { captures, labels, artefacts, summaries: `${results}/summaries`, reports: `${results}/reports` };
    const eventBus = props.eventBus ?? EventBus.fromEventBusName(this, "Bus", "default");
    const rights = { ...places, model, bucket: props.bucket, eventBus, key: props.encryptionKey };
    const common = { MODEL: model, BUCKET: props.bucket, SUMMARIES: places.summaries };
    this.deadLetterQueue = deadLetters(this, "DeadLetters");
    this.summarise = this.function("summarise", {
      ...{ name, props, memoryMb: 1_024, description: `Sums up what ${model} was asked, by the hour` },
      environment: { ...common, CAPTURES: captures },
      statements: summariseStatements(Stack.of(this), rights),
      // Two at once would add to the same files.
      reservedConcurrency: 1,
    });
    this.weekly = this.function("weekly", {
      ...{ name, props, memoryMb: 2_048, description: `Judges drift and performance of ${model}` },
      environment: {
        ...{ ...common, REPORTS: places.reports, LABELS: labels },
        ...(monitoring === undefined ? {} : { MONITORING: Stack.of(this).toJsonString(monitoring) }),
        ...{ GATE: String(minimumAuc), EVENT_BUS: eventBus.eventBusName },
      },
      statements: weeklyStatements(Stack.of(this), rights),
    });
    this.logGroupName = `/aws/lambda/${name}-weekly`;
    this.when("Hourly", this.summarise, expression("hourly", props.hourly ?? "cron(20 * * * ? *)"));
    this.when("Weekly", this.weekly, expression("weekly", props.weekly ?? "cron(0 4 ? * MON *)"));
    for (const each of [this.summarise, this.weekly]) acknowledgeMonitor(each, rights);
  }

  /** Hours and weeks that could not be worked on. @default maximum over five minutes */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options);
  }

  private function(
    what: "summarise" | "weekly",
    {
      name,
      props,
      statements,
      ...more
    }: MonitorFunction &
      Pick<
        ConstructorParameters<typeof ApiFunction>[2],
        "description" | "environment" | "memoryMb" | "reservedConcurrency"
      >,
  ): ApiFunction {
    const made = new ApiFunction(this, what === "summarise" ? "Summarise" : "Judge", {
      ...more,
      functionName: `${name}-${what}`,
      code: bundled(what),
      statements: [...statements, failureStatement(this.deadLetterQueue)],
      timeoutSeconds: TIMEOUT.toSeconds(),
      logDays: props.logDays ?? 30,
      withoutQueue: "Called by a rule, which has a dead-letter queue of its own; failed calls go to the same queue.",
    });
    made.function.configureAsyncInvoke({
      ...{ retryAttempts: 2, maxEventAge: Duration.hours(6) },
      onFailure: new SqsDestination(this.deadLetterQueue),
    });
    return made;
  }

  /** The event's `time` says which hours are meant, so that a repeated call does the same again. */
  private when(id: string, { function: target }: ApiFunction, schedule: Schedule): void {
    const deadLetter = { deadLetterQueue: this.deadLetterQueue, retryAttempts: 5, maxEventAge: Duration.hours(6) };
    new Rule(this, id, { schedule, targets: [new LambdaFunction(target, deadLetter)] });
  }
}

interface MonitorFunction {
  readonly name: string;
  readonly props: ModelMonitorProps;
  readonly statements: readonly PolicyStatement[];
}

function expression(path: "hourly" | "weekly", text: string): Schedule {
  if (/^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/.test(text)) return Schedule.expression(text);
  const rule = "is no schedule. Write one such as cron(20 * * * ? *) or rate(7 days)";
  throw new PropsError("schedule_invalid", path, text, rule);
}
