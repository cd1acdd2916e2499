import { EventBridge, type PutRuleRequest, type Target } from "@aws-sdk/client-eventbridge";
import { type CreateScheduleInput, Scheduler } from "@aws-sdk/client-scheduler";
import type { Cloud } from "@sagewright/local";
import type { Maker } from "./maker";

interface RuleProperties extends Omit<PutRuleRequest, "EventPattern" | "Tags"> {
  readonly EventPattern?: object;
  readonly Targets: Target[];
}

/** Rules and schedules. */
export function eventMakers(cloud: Cloud): Record<string, Maker> {
  const [events, scheduler] = [new EventBridge(cloud.clientConfig()), new Scheduler(cloud.clientConfig())];
  return {
    async "AWS::Events::Rule"({ EventPattern, Targets, ...settings }: RuleProperties, id) {
      const Name = settings.Name ?? id;
      const pattern = EventPattern === undefined ? {} : { EventPattern: JSON.stringify(EventPattern) };
      const { RuleArn: Arn = "" } = await events.putRule({ ...settings, ...pattern, Name });
      await events.putTargets({ Rule: Name, Targets });
      return { ref: Name, attributes: { Arn } };
    },
    async "AWS::Scheduler::Schedule"(settings: CreateScheduleInput, id) {
      const Name = settings.Name ?? id;
      const { ScheduleArn: Arn = "" } = await scheduler.createSchedule({ ...settings, Name });
      return { ref: Name, attributes: { Arn } };
    },
  };
}
