import { ServiceError } from "../../errors";
import { matchesPattern, parsePattern } from "../events/event-pattern";
import type { KeptAttribute } from "../sqs/queue-record";

/** Whether a message passes a subscription's filter policy. */
export function passesFilter(
  policy: string | undefined,
  scope: string | undefined,
  message: string,
  attributes: Readonly<Record<string, KeptAttribute>>,
): boolean {
  if (policy === undefined || policy === "") return true;
  const pattern = parsePattern(policy);
  if (scope !== "MessageBody") return matchesPattern(pattern, valuesOf(attributes));
  try {
    return matchesPattern(pattern, JSON.parse(message));
  } catch {
    return false;
  }
}

/** @throws ServiceError InvalidParameterException */
export function checkFilter(policy: string): void {
  if (policy === "") return;
  try {
    parsePattern(policy);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError("InvalidParameterException", `Invalid parameter: FilterPolicy: ${why}`, { cause });
  }
}

function valuesOf(attributes: Readonly<Record<string, KeptAttribute>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue = "" }]) => {
      if (DataType.startsWith("Number")) return [name, Number(StringValue)];
      if (DataType !== "String.Array") return [name, StringValue];
      try {
        return [name, JSON.parse(StringValue)];
      } catch {
        return [name, StringValue];
      }
    }),
  );
}
