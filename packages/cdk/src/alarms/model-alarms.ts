import {
  type AlarmNotes,
  alarmDescription,
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  monitoringMetrics,
} from "@sagewright/monitoring";
import { alarmRequest, type Environment, guardAlarms, type RollbackRules } from "@sagewright/sagemaker";
import { Duration, Resource } from "aws-cdk-lib";
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import {
  Alarm,
  CfnAlarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IAlarm,
  type IMetric,
  MathExpression,
  Metric,
  type MetricOptions,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { apiMetric } from "../api/prediction-api";
import { deadLetters } from "../dead-letters";
import { propsOf } from "../endpoint/cloudformation-names";
import { type AlarmText, alarmTexts, type ModelAlarm } from "./alarm-texts";
import { type AlertSeverity, AlertTopics } from "./alert-topics";
import { watchDeletedAlarms, watchEndpointStates } from "./endpoint-states";

/** A real-time endpoint whose alarms tell nobody by themselves, such as one that `sagewright deploy` made. */
export interface WatchedEndpoint {
  readonly endpointName: string;
  /** @default AllTraffic */
  readonly variants?: readonly string[];
  /** The same limits that turn its updates back. */
  readonly rollback: RollbackRules;
}

/** What {@link ModelAlarms} watch. What is not given is not watched. */
export interface ModelAlarmsProps {
  /** Name of the model; part of every alarm's name. */
  readonly model: string;
  /** Where alarms are told. @default topics of these alarms' own */
  readonly topics?: AlertTopics;
  /** Address of the folder with the run-books, linked in every description. @default docs/runbooks */
  readonly runbooks?: string;
  /** Name of the prediction API: latency, 5xx answers, no predictions. */
  readonly apiName?: string;
  /** Name of the function behind it: throttles, errors. */
  readonly functionName?: string;
  /** An endpoint that no `GuardedEndpoint` watches; that one takes these topics as its `alarmActions`. */
  readonly endpoint?: WatchedEndpoint;
  /**
   * First part of the names of endpoints that come and go with the versions they serve, such as `churn-v`: one that fails is told,
   * and that an alarm of one that is gone is over.
   * @default none is watched so
   */
  readonly endpointPrefix?: string;
  /** Queues in which nothing should ever be. @default none */
  readonly deadLetterQueues?: Readonly<Record<string, IQueue>>;
  /** Whether requests are captured, so that it matters when they are not. @default false */
  readonly capture?: boolean;
  /** Least ROC AUC of the last measured window. @default 0.8 */
  readonly minimumAuc?: number;
  /** 95 % of answers may take this long. @default 500 */
  readonly latencyP95Ms?: number;
  /** Share of answers that may be 5xx. @default 0.01 */
  readonly errorShare?: number;
  /** An alarm when nobody has asked for so long, in whole hours; at most a week. @default 180 */
  readonly silenceMinutes?: number;
  /**
   * 1 once a version was released, 0 before, at least once an hour: `metricReleased` of an `ApprovedDeployment`. Until then nobody is
   * missed who does not ask. @default silence counts from the beginning
   */
  readonly released?: IMetric;
  /** What the account may cost a month, and the shares of it that are told. @default nobody is told of costs */
  readonly budget?: NonNullable<Environment["budget"]>;
}

/** Requests an hour under which missing captures say nothing: a share of them may be captured. */
const FEW_REQUESTS = 100;

/**
 * What an on-call engineer is woken for, and what can wait: each alarm goes to the topic of its severity and says what it means,
 * what to do first, and which run-book has the rest.
 *
 * @example
 * new ModelAlarms(stack, "Alarms", { model: "churn", apiName: "churn", functionName: "churn-predict", minimumAuc: 0.8 });
 */
export class ModelAlarms extends Resource {
  readonly topics: AlertTopics;
  private readonly made = new Map<string, Alarm>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ModelAlarmsProps,
  ) {
    super(scope, id);
    this.topics = props.topics ?? new AlertTopics(this, "Topics");
    if (props.apiName !== undefined) this.watchApi(props.apiName);
    if (props.functionName !== undefined) this.watchFunction(props.functionName);
    if (props.endpoint !== undefined) this.watchEndpoint(props.endpoint);
    if (props.endpointPrefix !== undefined) this.watchEndpointStates(props.endpointPrefix);
    for (const [name, queue] of Object.entries(props.deadLetterQueues ?? {})) this.watchQueue(name, queue);
    this.watchModel();
    if (props.budget !== undefined) this.watchBudget(props.budget);
  }

  /** Names of the alarms, such as `sagewright-churn-model-latency`. */
  get alarmNames(): string[] {
    return [...this.made.keys()];
  }

  /** The alarms, as a dashboard shows their states. */
  get alarms(): IAlarm[] {
    return [...this.made.values()];
  }

  /** An alarm by the last part of its name. @default undefined where it is not watched */
  alarm(word: ModelAlarm): Alarm | undefined {
    return this.made.get(this.nameOf(word));
  }

  /** A figure that monitoring publishes about the model: names and meanings are those of `monitoringMetrics`. */
  metric(name: keyof typeof monitoringMetrics, options?: MetricOptions): Metric {
    return modelMetric(this.props.model, name, options);
  }

  private watchApi(apiName: string): void {
    const { latencyP95Ms = 500, errorShare = 0.01, silenceMinutes = 180 } = this.props;
    this.add("latency", apiMetric(apiName, "Latency", { statistic: "p95" }), {
      ...above(latencyP95Ms, 5),
      text: { limit: `${latencyP95Ms} ms` },
    });
    this.add("server-errors", apiMetric(apiName, "5XXError", { statistic: "Average" }), {
      ...above(errorShare, 5),
      text: { limit: `${Number((errorShare * 100).toFixed(2))} %` },
    });
    const requests = apiMetric(apiName, "Count", { statistic: "Sum", period: Duration.hours(1) });
    const { hours, words } = silence(silenceMinutes);
    const { released } = this.props;
    // An API that is gone counts nothing: missing data rings too.
    const treatMissingData = released === undefined ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING;
    this.add("no-predictions", released === undefined ? requests : sinceRelease(requests, released), {
      ...{ ...below(1, hours), treatMissingData },
      text: { limit: words },
    });
    if (this.props.capture !== true) return;
    const captured = this.metric("predictions", { statistic: "Sum", period: Duration.hours(1) });
    const missing = new MathExpression({
      expression: `IF(FILL(requests, 0) > ${FEW_REQUESTS}, FILL(captured, 0), 1)`,
      usingMetrics: { requests, captured },
      period: Duration.hours(1),
      label: "Captured predictions while there are requests",
    });
    this.add("capture-stopped", missing, below(1, 3));
  }

  private watchFunction(FunctionName: string): void {
    const metric = (metricName: string) =>
      new Metric({
        ...{ namespace: "AWS/Lambda", metricName, dimensionsMap: { FunctionName } },
        ...{ statistic: "Sum", period: Duration.minutes(1) },
      });
    this.add("throttles", metric("Throttles"), above(0, 3));
    this.add("function-errors", metric("Errors"), above(0, 3));
  }

  private watchEndpoint({ endpointName, variants = ["AllTraffic"], rollback }: WatchedEndpoint): void {
    for (const rule of guardAlarms(endpointName, variants, rollback)) {
      const word = (
        {
          Invocation5XXErrors: "endpoint-errors",
          InvocationModelErrors: "model-errors",
          ModelLatency: "model-latency",
        } as const
      )[rule.metric];
      const { alarmName: _, alarmDescription: __, tags: ___, ...request } = propsOf(alarmRequest(rule));
      const { severity, ...notes } = this.text(word, {});
      const resource = new CfnAlarm(this, idOf(word), {
        ...(request as Omit<ConstructorParameters<typeof CfnAlarm>[2], "alarmName">),
        alarmName: this.nameOf(word),
        alarmDescription: alarmDescription(notes),
      } as ConstructorParameters<typeof CfnAlarm>[2]);
      const topic = this.topics.topic(severity).topicArn;
      [resource.alarmActions, resource.okActions] = [[topic], [topic]];
      this.made.set(this.nameOf(word), Alarm.fromAlarmArn(this, `${idOf(word)}Made`, resource.attrArn) as Alarm);
    }
    const [VariantName = "AllTraffic"] = variants;
    const reporting = new Metric({
      ...{ namespace: "/aws/sagemaker/Endpoints", metricName: "MemoryUtilization" },
      ...{
        dimensionsMap: { EndpointName: endpointName, VariantName },
        statistic: "SampleCount",
        period: Duration.minutes(1),
      },
    });
    // Every instance reports each minute: silence is the sign.
    this.add("endpoint-unhealthy", reporting, { ...below(1, 5), treatMissingData: TreatMissingData.BREACHING });
  }

  private watchEndpointStates(prefix: string): void {
    const { severity, ...notes } = this.text("endpoint-failed", {});
    const deadLetterQueue = deadLetters(this, "Undelivered");
    watchEndpointStates(this, prefix, {
      topic: this.topics.topic(severity),
      alarmName: this.nameOf("endpoint-failed"),
      description: alarmDescription(notes),
      deadLetterQueue,
    });
    watchDeletedAlarms(this, prefix, { topic: this.topics.topic(severity), deadLetterQueue });
    this.watchQueue("notices", deadLetterQueue);
  }

  private watchQueue(name: string, queue: IQueue): void {
    const messages = queue.metricApproximateNumberOfMessagesVisible({
      statistic: "Maximum",
      period: Duration.minutes(5),
    });
    this.add("dead-letters", messages, { ...above(0, 1), suffix: name, text: { queue: name } });
  }

  private watchModel(): void {
    const { minimumAuc = 0.8 } = this.props;
    const daily = { period: Duration.days(1) };
    // Between measurements nothing is known: the state stays as it was.
    const kept = { treatMissingData: TreatMissingData.IGNORE };
    this.add("drift", this.metric("driftedFeatures", { statistic: "Maximum", ...daily }), { ...above(0, 1), ...kept });
    this.add("auc-below-gate", this.metric("rocAuc", { statistic: "Minimum", ...daily }), {
      ...below(minimumAuc, 1),
      ...kept,
      text: { limit: String(minimumAuc) },
    });
  }

  private watchBudget({ usdPerMonth, alertAt }: NonNullable<Environment["budget"]>): void {
    const subscribers = [{ subscriptionType: "SNS", address: this.topics.topic(alarmTexts.budget.severity).topicArn }];
    const thresholds = alertAt.map((share) => Number((share * 100).toFixed(2)));
    new CfnBudget(this, "Budget", {
      budget: {
        // Other thresholds are another budget to CloudFormation, made before the one that goes: names of their own.
        budgetName: [this.nameOf("budget"), ...thresholds].join("-"),
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: usdPerMonth, unit: "USD" },
      },
      notificationsWithSubscribers: thresholds.map((threshold) => ({
        notification: {
          notificationType: "ACTUAL",
          comparisonOperator: "GREATER_THAN",
          threshold,
          thresholdType: "PERCENTAGE",
        },
        subscribers,
      })),
    });
  }

  private add(
    word: ModelAlarm,
    metric: IMetric,
    { suffix, text = {}, ...options }: Limits & { suffix?: string; text?: Readonly<Record<string, string>> },
  ): void {
    const { severity, ...notes } = this.text(word, text);
    const alarmName = [this.nameOf(word), ...(suffix === undefined ? [] : [suffix])].join("-");
    const alarm = new Alarm(this, idOf(suffix === undefined ? word : `${word}-${suffix}`), {
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
      metric,
      alarmName,
      alarmDescription: alarmDescription(notes),
    });
    const action = new SnsAction(this.topics.topic(severity));
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.made.set(alarmName, alarm);
  }

  private text(word: ModelAlarm, facts: Readonly<Record<string, string>>): AlarmNotes & { severity: AlertSeverity } {
    const { model, runbooks = "docs/runbooks" } = this.props;
    const { severity, what, action, runbook }: AlarmText = alarmTexts[word];
    const filled = what.replace(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? model);
    return { severity, what: filled, action, model, runbook: `${runbooks.replace(/\/$/, "")}/${runbook}.md` };
  }

  private nameOf(word: string): string {
    return modelAlarmName(this.props.model, word as ModelAlarm);
  }
}

/** Name of a model's alarm: others, such as a canary, refer to it by this. */
export function modelAlarmName(model: string, word: ModelAlarm): string {
  return `sagewright-${model}-model-${word}`;
}

/** A figure that monitoring publishes about a model. */
export function modelMetric(model: string, name: keyof typeof monitoringMetrics, options?: MetricOptions): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: monitoringMetrics[name].name,
    dimensionsMap: { [METRIC_DIMENSION]: model },
    period: Duration.days(1),
    statistic: "Average",
    ...options,
  });
}

/** Requests by the hour; an hour before the first release, or one of which nothing says so, counts as one with a request. */
function sinceRelease(requests: IMetric, released: IMetric): IMetric {
  return new MathExpression({
    expression: "IF(FILL(released, 0) > 0, FILL(requests, 0), 1)",
    usingMetrics: { requests, released },
    period: Duration.hours(1),
    label: "Requests since the first release",
  });
}

/** CloudWatch looks back a week by hours. */
function silence(minutes: number): { hours: number; words: string } {
  const hours = Math.min(Math.max(Math.ceil(minutes / 60), 1), 168);
  return { hours, words: hours === 1 ? "an hour" : `${hours} hours` };
}

type Limits = Omit<CreateAlarmOptions, "alarmName" | "alarmDescription">;

function above(threshold: number, evaluationPeriods: number): Limits {
  return { threshold, evaluationPeriods, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD };
}

function below(threshold: number, evaluationPeriods: number): Limits {
  return { threshold, evaluationPeriods, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD };
}

/** `AucBelowGate` of `auc-below-gate`. */
function idOf(word: string): string {
  return word.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
