import { evaluate } from "../../../src/services/cloudwatch/alarms/alarm-evaluation";

/** X breaches, 0 does not, - is missing; oldest first, as in the User Guide's tables. */
const points = (text: string) => text.split(" ").map((each) => (each === "-" ? undefined : each === "X" ? 2 : 0));

const alarm = { ComparisonOperator: "GreaterThanThreshold", Threshold: 1, EvaluationPeriods: 3 } as const;
/** The state before, which "ignore" keeps; the tables' own states cannot be taken for it. */
const retained = "before" as never;

/**
 * The tables of "Configuring how CloudWatch alarms treat missing data" (Amazon CloudWatch User Guide): an evaluation range of
 * five, columns missing, ignore, breaching, notBreaching.
 */
describe("CloudWatch's own tables", () => {
  test.each([
    ["0 - X - X", "OK", "OK", "OK", "OK"],
    ["0 - - - -", "OK", "OK", "OK", "OK"],
    ["- - - - -", "INSUFFICIENT_DATA", retained, "ALARM", "OK"],
    ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["- - - - X", "INSUFFICIENT_DATA", retained, "ALARM", "OK"],
    ["X - - - -", "ALARM", retained, "ALARM", "OK"],
  ])("three of three: %s", (range, ...states) => {
    const treatments = ["missing", "ignore", "breaching", "notBreaching"];
    const found = treatments.map(
      (TreatMissingData) => evaluate({ ...alarm, TreatMissingData }, points(range), retained).state,
    );
    expect(found).toEqual(states);
  });

  test.each([
    ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 - X - -", "OK", "OK", "ALARM", "OK"],
    ["- - - - 0", "OK", "OK", "ALARM", "OK"],
    ["- - - - X", "INSUFFICIENT_DATA", retained, "ALARM", "OK"],
  ])("two of three: %s", (range, ...states) => {
    const treatments = ["missing", "ignore", "breaching", "notBreaching"];
    const found = treatments.map(
      (TreatMissingData) =>
        evaluate({ ...alarm, DatapointsToAlarm: 2, TreatMissingData }, points(range), retained).state,
    );
    expect(found).toEqual(states);
  });
});

test("the reason names datapoints, threshold and what was needed", () => {
  expect(evaluate({ ...alarm, DatapointsToAlarm: 2 }, points("- - 0 X X"), "OK").reason).toBe(
    "Threshold Crossed: 3 out of the last 3 datapoints [0.0, 2.0, 2.0] were greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition).",
  );
});
