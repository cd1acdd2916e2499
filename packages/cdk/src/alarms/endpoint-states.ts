import { guardAlarmPrefix } from "@sagewright/sagemaker";
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

/**
 * How the event spells a status is not documented as the API's is, so both are listened to. One that failed is deleted when its stack
 * turns back, and then it is over too.
 */
const STATUSES = { ALARM: ["FAILED", "Failed"], OK: ["IN_SERVICE", "InService", "DELETING", "Deleting"] } as const;

/** What the topic gets of an event, in the words of an alarm. */
interface Words {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly NewStateValue: "ALARM" | "OK";
  readonly NewStateReason: string;
}

/**
 * Tells that an endpoint failed, or is in service again or gone, in the words of an alarm, so that whoever reads alarms reads this too. No
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
    const message = inWords({
      AlarmName: `${notice.alarmName}-${name}`,
      AlarmDescription: notice.description,
      NewStateValue: state,
      NewStateReason: `Endpoint ${name} is ${EventField.fromPath("$.detail.EndpointStatus")}.`,
    });
    rule.addTarget(new SnsTopic(topic, { message, deadLetterQueue }));
  }
}

/**
 * Tells that alarms of endpoints which come and go are over when they are deleted with their endpoint: an alarm that rings then is
 * never OK again, and whoever was told of it would hear of no end.
 */
export function watchDeletedAlarms(
  scope: Construct,
  endpointPrefix: string,
  { topic, deadLetterQueue }: Pick<StateNotice, "topic" | "deadLetterQueue">,
): void {
  const name = EventField.fromPath("$.detail.alarmName");
  const message = inWords({
    AlarmName: name,
    AlarmDescription: "The endpoint is gone, and its alarm with it.",
    NewStateValue: "OK",
    NewStateReason: "The alarm was deleted.",
  });
  new Rule(scope, "AlarmDeleted", {
    description: `Alarms of endpoints ${endpointPrefix}* that are deleted`,
    eventPattern: {
      source: ["aws.cloudwatch"],
      detailType: ["CloudWatch Alarm Configuration Change"],
      detail: { operation: ["delete"], alarmName: [{ prefix: guardAlarmPrefix(endpointPrefix) }] },
    },
    targets: [new SnsTopic(topic, { message, deadLetterQueue })],
  });
}

function inWords(words: Words): RuleTargetInput {
  return RuleTargetInput.fromObject({ ...words, StateChangeTime: EventField.time });
}
