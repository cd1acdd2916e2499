import { stripVTControlCharacters } from "node:util";
import { runExitCode, runResult } from "../../src/runs/result";
import type { FinishedRun } from "../../src/runs/run-pipeline";
import { trainingLines } from "../../src/runs/summary";
import { withSaving } from "../../src/runs/training-text";

const definition = {
  Steps: [
    { Name: "Gate", Type: "Condition", Arguments: { IfSteps: [], ElseSteps: [{ Name: "TooWeak", Type: "Fail" }] } },
  ],
};
const finished = (report: object): FinishedRun =>
  ({
    pipeline: "a-training",
    definition,
    cache: [],
    report: {
      executionArn: "arn:aws:sagemaker:us-east-1:000000000000:pipeline/a/execution/abc",
      status: "Succeeded",
      seconds: 1.23456,
      files: {
        Prepare: {
          prepare: { rows: { quarantined: 2 }, warnings: [{ code: "column_unexpected", message: "m", facts: {} }] },
        },
      },
      metrics: { roc_auc: 0.9 },
      conditions: [{ step: "Gate", outcome: true }],
      failures: [],
      modelPackageArn: "arn:aws:sagemaker:us-east-1:000000000000:model-package/a/1",
      ...report,
    },
  }) as unknown as FinishedRun;

test("a run that passed its gate", () => {
  const result = runResult(finished({}));
  expect(result).toEqual({
    pipeline: "a-training",
    execution: "arn:aws:sagemaker:us-east-1:000000000000:pipeline/a/execution/abc",
    status: "Succeeded",
    gate: "passed",
    metrics: { roc_auc: 0.9 },
    quarantined: 2,
    warnings: [{ code: "column_unexpected", message: "m" }],
    modelPackage: "arn:aws:sagemaker:us-east-1:000000000000:model-package/a/1",
    seconds: 1.235,
    failures: [],
    training: null,
    waitedInVain: [],
    onDemandAfter: null,
  });
  expect(runExitCode(result)).toBe(0);
});

test("what spot saved is said where it saved something", () => {
  const training = {
    jobs: 12,
    spotJobs: 12,
    spotTrainingSeconds: 2_000,
    spotBillableSeconds: 700,
    onDemandSeconds: 0,
    saving: 0.65,
  };
  const lines = (more: object, onDemandAfter: string | null = null) =>
    trainingLines({ training: { ...training, ...more }, onDemandAfter }).map(stripVTControlCharacters);
  expect(lines({})).toEqual(["training     12 jobs on spot: 33 min 20 s trained, 11 min 40 s billed, 65.0 % saved"]);
  expect(lines({ jobs: 14 })).toEqual([
    "training     12 of 14 jobs on spot: 33 min 20 s trained, 11 min 40 s billed, 65.0 % saved",
  ]);
  expect(lines({ saving: 0 })).toEqual([]);
  expect(withSaving("<body>card</body>", training)).toBe(
    "<body>card<section><h2>Machines</h2><p>12 jobs on spot: 33 min 20 s trained, 11 min 40 s billed, 65.0 % saved.</p></section>\n</body>",
  );
  expect(withSaving("<body>card</body>", { ...training, saving: 0 })).toBe("<body>card</body>");
  expect(lines({ jobs: 1, spotJobs: 0 }, "arn:aws:sagemaker:us-east-1:1:pipeline/a/execution/abc")).toEqual([
    "training     on demand, after abc got no spot capacity; 1 job",
  ]);
});

test("a gate that was not met is refused, exit code 4", () => {
  const reason = "ROC AUC 0.6 is below 0.7";
  const refused = { status: "Failed", failures: [{ step: "TooWeak", reason }], modelPackageArn: undefined };
  const result = runResult(finished(refused));
  expect(result).toMatchObject({ gate: "refused", modelPackage: null, failures: [{ step: "TooWeak", reason }] });
  expect(runExitCode(result)).toBe(4);
});

test("a run that ended before its gate has no outcome; bad data is exit code 3, a broken step 1", () => {
  const failed = (reason: string) =>
    runResult(finished({ status: "Failed", files: {}, conditions: [], failures: [{ step: "Prepare", reason }] }));
  expect(failed("AlgorithmError: no_rows: a.csv has no rows.")).toMatchObject({ gate: null, quarantined: null });
  expect(runExitCode(failed("AlgorithmError: no_rows: a.csv has no rows."))).toBe(3);
  expect(runExitCode(failed("AlgorithmError: Exit Code: 1"))).toBe(1);
});
