import type { Environment } from "@sagewright/sagemaker";
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type IGrantable, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

/** How bad: nobody gets (right) predictions, the model is worse than it was, or worth a look on a working day. */
export type AlertSeverity = keyof NonNullable<Environment["alerts"]>["routes"];

/** Every {@link AlertSeverity}, the worst first. */
export const ALERT_SEVERITIES = ["critical", "performance", "minor"] as const satisfies readonly AlertSeverity[];

/** Where alerts go. */
export interface AlertTopicsProps {
  /** Encrypts what is published; its policy must let CloudWatch, EventBridge and Budgets use it. @default a key of these topics' own */
  readonly encryptionKey?: IKey;
}

/** Services that publish to the topics by themselves. A rule of EventBridge lets itself in when it takes a topic as its target. */
const PUBLISHERS = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"];

/**
 * One encrypted topic for each severity. Whoever tells people subscribes here: the alert router, or an address.
 *
 * @example
 * new AlertTopics(stack, "Alerts").topic("critical").addSubscription(new EmailSubscription("oncall@example.org"));
 */
export class AlertTopics extends Construct {
  readonly encryptionKey: IKey;
  private readonly topics: ReadonlyMap<AlertSeverity, Topic>;

  constructor(scope: Construct, id: string, props: AlertTopicsProps = {}) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey ?? this.ownKey();
    this.topics = new Map(
      ALERT_SEVERITIES.map((severity) => {
        const topic = new Topic(this, severity.charAt(0).toUpperCase() + severity.slice(1), {
          displayName: `Sagewright: ${severity}`,
          masterKey: this.encryptionKey,
          enforceSSL: true,
        });
        topic.addToResourcePolicy(
          new PolicyStatement({
            sid: "Alarms",
            principals: PUBLISHERS.map((service) => new ServicePrincipal(service)),
            actions: ["sns:Publish"],
            resources: [topic.topicArn],
            conditions: this.fromThisAccount(),
          }),
        );
        return [severity, topic];
      }),
    );
  }

  /** The topic of a severity. */
  topic(severity: AlertSeverity): ITopic {
    return this.topics.get(severity) as Topic;
  }

  /** Lets someone publish alerts of every severity. */
  grantPublish(grantee: IGrantable): void {
    for (const topic of this.topics.values()) topic.grantPublish(grantee);
  }

  /** Nothing is kept under it, so it goes when the topics go. */
  private ownKey(): Key {
    const key = new Key(this, "Key", {
      description: "Encrypts alerts on their way",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: "Publishers",
        principals: PUBLISHERS.map((service) => new ServicePrincipal(service)),
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"],
        conditions: this.fromThisAccount(),
      }),
    );
    return key;
  }

  private fromThisAccount() {
    return { StringEquals: { "aws:SourceAccount": Stack.of(this).account } };
  }
}
