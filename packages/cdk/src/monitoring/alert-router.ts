import { OBSERVATION_EVENT } from "@sagewright/monitoring";
import type { Environment } from "@sagewright/sagemaker";
import { ArnFormat, Duration, Resource, Stack } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { type IEventBus, Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction, SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription, SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledge } from "../acknowledge";
import { ALERT_SEVERITIES, type AlertTopics } from "../alarms/alert-topics";
import { ApiFunction } from "../api/api-function";
import { deadLetters } from "../dead-letters";
import { failureStatement, keyStatement, receiveStatement } from "../statements";
import { bundled } from "./bundled";

/** Who is told of what, as an environment says it. */
export type AlertRouting = NonNullable<Environment["alerts"]>;

/** What an {@link AlertRouter} listens to, and whom it tells. */
export interface AlertRouterProps {
  /** Beginning of the function's name. */
  readonly name: string;
  /** Targets by name and routes by severity. Their secrets are read from Secrets Manager by name, and made by nobody here. */
  readonly alerts: AlertRouting;
  /** Where alarms are told. */
  readonly topics: AlertTopics;
  /** Name of the bucket that keeps what is open, what waits and what was given up. */
  readonly bucket: string;
  /** @default monitoring/alerts/NAME.json */
  readonly stateKey?: string;
  /** Encrypts the bucket, and the secrets where they are not under Secrets Manager's own key. @default keys that AWS manages */
  readonly encryptionKey?: IKey;
  /** Where observations are published. @default the account's default bus */
  readonly eventBus?: IEventBus;
  /** Days for which the function's log is kept. @default 30 */
  readonly logDays?: number;
}

/** Longest call. A batch that is not done by then comes again after six times as long. */
const TIMEOUT = Duration.seconds(60);
/** Times that a message is tried to be read. */
const ATTEMPTS = 10;

/**
 * Tells people: alarms of the topics and observations of the event bus wait in a queue, and a function routes them to PagerDuty, Slack,
 * Jira or an address, each problem once and until it is over. What is due later, or could not be sent, goes out by the minute.
 *
 * @example
 * new AlertRouter(stack, "Router", { name: "churn-prod", alerts: environment.alerts, topics, bucket: "data" });
 */
export class AlertRouter extends Resource {
  /** What could not be read. What a receiver did not take is in the router's own state: `sagewright monitor alerts`. */
  readonly deadLetterQueue: IQueue;
  readonly router: ApiFunction;

  constructor(scope: Construct, id: string, props: AlertRouterProps) {
    super(scope, id);
    this.deadLetterQueue = deadLetters(this, "DeadLetters");
    const queue = this.inbox(props);
    this.router = this.routing(queue, props);
    this.ticking();
  }

  /** Messages that could not be read. @default maximum over five minutes */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options);
  }

  private inbox({ topics, eventBus }: AlertRouterProps): Queue {
    const queue = new Queue(this, "Inbox", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.minutes(TIMEOUT.toMinutes() * 6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: ATTEMPTS },
    });
    for (const severity of ALERT_SEVERITIES) {
      topics.topic(severity).addSubscription(new SqsSubscription(queue, { deadLetterQueue: this.deadLetterQueue }));
    }
    new Rule(this, "Observations", {
      description: "What monitoring found, and what is over",
      ...(eventBus === undefined ? {} : { eventBus }),
      eventPattern: { source: [OBSERVATION_EVENT.source], detailType: [OBSERVATION_EVENT.detailType] },
      targets: [new SqsQueue(queue, { deadLetterQueue: this.deadLetterQueue, maxEventAge: Duration.hours(6) })],
    });
    return queue;
  }

  private routing(queue: Queue, props: AlertRouterProps): ApiFunction {
    const { name, alerts, topics, bucket, stateKey = `monitoring/alerts/${name}.json`, encryptionKey, logDays } = props;
    const stack = Stack.of(this);
    const mails = this.mails(alerts, topics);
    const severities = ALERT_SEVERITIES.map((severity) => [topics.topic(severity).topicArn, severity]);
    const state = stack.formatArn({ service: "s3", region: "", account: "", resource: bucket });
    const router = new ApiFunction(this, "Route", {
      functionName: `${name}-route`,
      description: "Tells people of alarms and findings",
      code: bundled("route"),
      environment: {
        ALERTS: stack.toJsonString(alerts),
        STATE_BUCKET: bucket,
        STATE_KEY: stateKey,
        TOPIC_SEVERITIES: stack.toJsonString(Object.fromEntries(severities)),
        ...(mails.size === 0
          ? {}
          : {
              MAIL_TOPICS: stack.toJsonString(
                Object.fromEntries([...mails].map(([to, { topicArn }]) => [to, topicArn])),
              ),
            }),
      },
      statements: [
        receiveStatement(queue),
        failureStatement(this.deadLetterQueue),
        new PolicyStatement({
          sid: "State",
          actions: ["s3:GetObject", "s3:PutObject"],
          resources: [`${state}/${stateKey}`],
        }),
        // Without it S3 would not say that there is no state yet.
        new PolicyStatement({ sid: "Lists", actions: ["s3:ListBucket"], resources: [state] }),
        ...secretStatements(stack, alerts),
        ...(encryptionKey === undefined ? [] : [keyStatement(encryptionKey)]),
        ...mailStatements([...mails.values()], topics.encryptionKey),
      ],
      memoryMb: 256,
      timeoutSeconds: TIMEOUT.toSeconds(),
      // One at a time: messages of an incident stay in order.
      reservedConcurrency: 1,
      logDays: logDays ?? 30,
      withoutQueue:
        "Called by a queue and by the minute: the queue has a dead-letter queue, and the next minute makes up.",
    });
    const source = new EventSourceMapping(this, "Source", {
      target: router.function,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
    });
    source.node.addDependency(router.role);
    acknowledge(source, {
      "Serverless-LambdaEventSourceMappingDestination":
        "A queue keeps what its reader failed on itself, and its redrive policy moves it to the dead-letter queue.",
    });
    return router;
  }

  /** What waits for a quiet hour to end, or for a receiver that was down, is due at some minute. */
  private ticking(): void {
    this.router.function.configureAsyncInvoke({
      ...{ retryAttempts: 0, maxEventAge: Duration.minutes(1) },
      onFailure: new SqsDestination(this.deadLetterQueue),
    });
    new Rule(this, "EveryMinute", {
      description: "Alerts that are due are sent",
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaFunction(this.router.function, {
          deadLetterQueue: this.deadLetterQueue,
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }

  /** An address is told by a topic of its own, whose subscription it has to confirm. */
  private mails({ targets }: AlertRouting, { encryptionKey }: AlertTopics): Map<string, ITopic> {
    const mails = new Map<string, ITopic>();
    for (const [name, target] of Object.entries(targets)) {
      if (target.type !== "email") continue;
      const topic = new Topic(this, `Mail-${name}`, { masterKey: encryptionKey, enforceSSL: true });
      topic.addSubscription(new EmailSubscription(target.address, { deadLetterQueue: this.deadLetterQueue }));
      mails.set(name, topic);
    }
    return mails;
  }
}

/** Secrets end in six characters that Secrets Manager adds to their names. */
function secretStatements(stack: Stack, { targets }: AlertRouting): PolicyStatement[] {
  const names = new Set(Object.values(targets).flatMap((target) => ("secret" in target ? [target.secret] : [])));
  const resources = [...names].map((name) =>
    name.startsWith("arn:")
      ? name
      : stack.formatArn({
          service: "secretsmanager",
          resource: "secret",
          resourceName: `${name}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
  );
  if (resources.length === 0) return [];
  return [new PolicyStatement({ sid: "Secrets", actions: ["secretsmanager:GetSecretValue"], resources })];
}

function mailStatements(mails: readonly ITopic[], key: IKey): PolicyStatement[] {
  if (mails.length === 0) return [];
  return [
    new PolicyStatement({ sid: "Mail", actions: ["sns:Publish"], resources: mails.map(({ topicArn }) => topicArn) }),
    new PolicyStatement({ sid: "MailKey", actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.keyArn] }),
  ];
}
