import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** What is told of an endpoint's state, and where. */
export interface StateNotice {
  readonly topic: ITopic;
  readonly alarmName: string;
  readonly description: string;
  /** Takes what the topic did not. */
  readonly deadLetterQueue: IQueue;
}

/** How the event spells a status is not documented as the API's is, so both are listened to. */
const STATUSES = { ALARM: ["FAILED", "Failed"], OK: ["IN_SERVICE", "InService"] } as const;

/**
 * Tells that an endpoint failed, or is in service again, in the words of an alarm, so that whoever reads alarms reads this too. No
 * metric says so, and endpoints whose names have their version in them cannot be named before they are there.
 */
export function watchEndpointStates(
  scope: Construct,
  prefix: string,
  { topic, deadLetterQueue, ...notice }: StateNotice,
): void {
  for (const state of ["ALARM", "OK"] as const) {
    const rule = new Rule(scope, state === "ALARM" ? "EndpointFailed" : "EndpointInService", {
      description: `Endpoints ${prefix}*: ${state}`,
      eventPattern: {
        source: ["aws.sagemaker"],
        detailType: ["SageMaker Endpoint State Change"],
        detail: { EndpointName: [{ prefix }], EndpointStatus: [...STATUSES[state]] },
      },
    });
    const name = EventField.fromPath("$.detail.EndpointName");
    const message = RuleTargetInput.fromObject({
      AlarmName: `${notice.alarmName}-${name}`,
      AlarmDescription: notice.description,
      NewStateValue: state,
      NewStateReason: `Endpoint ${name} is ${EventField.fromPath("$.detail.EndpointStatus")}.`,
      StateChangeTime: EventField.time,
    });
    rule.addTarget(new SnsTopic(topic, { message, deadLetterQueue }));
  }
}
