import { RetentionDays } from "aws-cdk-lib/aws-logs";

/** The shortest time that CloudWatch Logs offers and that is as long as asked for; ten years at most. */
export function logRetention(days: number): RetentionDays {
  const offered = Object.values(RetentionDays).filter((each): each is RetentionDays => typeof each === "number");
  const enough = offered.filter((each) => each >= days && each !== RetentionDays.INFINITE).sort((a, b) => a - b);
  return enough[0] ?? RetentionDays.TEN_YEARS;
}
