import type { Window } from "../../src";

/** What differs from an ordinary record. */
export interface RecordChange {
  readonly id?: string;
  readonly at?: string;
  readonly input?: object;
  readonly output?: object;
  readonly encoding?: "JSON" | "BASE64";
  readonly version?: string;
}

/** An hour of the tests, and a moment in which its files are written. */
export const hour: Window = { from: "2026-01-05T10:00:00.000Z", to: "2026-01-05T11:00:00.000Z" };
export const arrival = new Date("2026-01-05T10:30:00.000Z");

/** A captured prediction as serving writes it. */
export function record(change: RecordChange = {}): string {
  const { id = "a", at = "2026-01-05T10:15:00.000Z", encoding = "JSON", version = "0" } = change;
  const {
    input = { minutes: 150, plan: "gold", active: 1 },
    output = { churnProbability: 0.3, churn: false, modelVersion: "7" },
  } = change;
  const body = (value: object) => {
    const text = JSON.stringify(value);
    return { data: encoding === "JSON" ? text : Buffer.from(text).toString("base64"), encoding };
  };
  return JSON.stringify({
    captureData: { endpointInput: body(input), endpointOutput: body(output) },
    eventMetadata: { eventId: id, inferenceTime: at },
    eventVersion: version,
  });
}
