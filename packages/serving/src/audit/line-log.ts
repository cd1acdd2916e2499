import { entryTexts } from "./entry";
import type { AuditLog } from "./log";

/**
 * An audit log of structured lines for a host that keeps what is written, such as CloudWatch Logs behind a Lambda function:
 * `{"audit":1,"at":…,"who":…,"what":…,"model":…,"about":…}`. That lines are neither changed nor removed is up to that host;
 * they are not sealed.
 *
 * @param write - writes a line, before it returns
 */
export function lineAuditLog(write: (line: string) => void, now: () => Date = () => new Date()): AuditLog {
  const entryText = entryTexts();
  return {
    record: (fact) => write(`{"audit":1,${entryText(fact, now())}\n`),
    flush: async () => undefined,
  };
}
