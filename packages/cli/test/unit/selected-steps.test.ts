import { parseDefinition } from "@sagewright/pipeline";
import { neededSteps, selectedSteps } from "../../src/runs/selected-steps";

const step = (Name: string, reads: readonly string[] = []) => ({
  Name,
  Type: "Processing",
  Arguments: Object.fromEntries(reads.map((from, index) => [`In${index}`, { Get: `Steps.${from}.ProcessingJobName` }])),
});
const definition = parseDefinition(
  JSON.stringify({
    Version: "2020-12-01",
    Steps: [
      step("Prepare"),
      step("Other"),
      step("Tune", ["Prepare"]),
      step("Evaluate", ["Tune", "Prepare"]),
      {
        Name: "Gate",
        Type: "Condition",
        Arguments: {
          Conditions: [
            {
              Type: "GreaterThanOrEqualTo",
              LeftValue: { Get: "Steps.Evaluate.ProcessingJobName" },
              RightValue: 1,
            },
          ],
          IfSteps: [step("Register", ["Tune"])],
          ElseSteps: [{ Name: "TooWeak", Type: "Fail", Arguments: { ErrorMessage: "no" } }],
        },
      },
    ],
  }),
);

test("--from takes a step and everything that follows from it, within conditions too", () => {
  expect(selectedSteps(definition, { from: "Evaluate" })).toEqual(["Evaluate", "Gate", "Register", "TooWeak"]);
  expect(selectedSteps(definition, { from: "Prepare" })).toEqual([
    "Prepare",
    "Tune",
    "Evaluate",
    "Gate",
    "Register",
    "TooWeak",
  ]);
});

test("--only takes what it names, in the order it runs", () => {
  expect(selectedSteps(definition, { only: ["Evaluate", "Tune"] })).toEqual(["Tune", "Evaluate"]);
  expect(selectedSteps(definition, {})).toBeUndefined();
});

test("what the chosen steps read, at any distance, has to come from an earlier run", () => {
  expect(neededSteps(definition, ["Evaluate"])).toEqual(["Prepare", "Tune"]);
  expect(neededSteps(definition, ["Register"])).toEqual(["Prepare", "Tune", "Evaluate", "Gate"]);
  expect(neededSteps(definition, ["Prepare", "Tune"])).toEqual([]);
});

test("a step that is not there, and two ways at once, are refused", () => {
  expect(() => selectedSteps(definition, { from: "Tunee" })).toThrow(
    expect.objectContaining({ explanation: expect.objectContaining({ fix: "did you mean: Tune?", exitCode: 2 }) }),
  );
  expect(() => selectedSteps(definition, { from: "Tune", only: ["Tune"] })).toThrow(
    expect.objectContaining({ code: "usage" }),
  );
});
