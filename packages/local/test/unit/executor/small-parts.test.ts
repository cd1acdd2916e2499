import type { Json, StepDefinition } from "@sagewright/pipeline";
import { allHold } from "../../../src/executor/conditions";
import { isAlreadyThere, jobFailure, refusalOf } from "../../../src/executor/exceptions";
import { parseDuration } from "../../../src/executor/reducer/duration";
import { jobName, tokenOf } from "../../../src/executor/reducer/job-names";
import { decideRetry } from "../../../src/executor/reducer/retry";
import { lambdaStep } from "../../../src/executor/steps/lambda";
import { tuningStep } from "../../../src/executor/steps/tuning";
import { identity } from "../../support/definitions";

const literal = (value: Json) => value;
const holds = (...conditions: Json[]) => allHold(conditions, literal);

describe("conditions", () => {
  it.each([
    ["Equals", 1, 1, true],
    ["Equals", 1, 1.0, true],
    ["Equals", "1", 1, false],
    ["Equals", "a", "a", true],
    ["Equals", true, "True", true],
    ["Equals", "false", false, true],
    ["GreaterThan", 2, 1, true],
    ["GreaterThan", 1, 1, false],
    ["GreaterThanOrEqualTo", 0.8, 0.8, true],
    ["LessThan", "9", "10", false],
    ["LessThan", 9, 10, true],
    ["LessThanOrEqualTo", 10, 10, true],
  ])("%s %j %j is %j", (Type, LeftValue, RightValue, expected) => {
    expect(holds({ Type, LeftValue, RightValue })).toBe(expected);
  });

  it("knows In, Not and Or, and takes a list as and", () => {
    expect(holds({ Type: "In", QueryValue: "b", Values: ["a", "b"] })).toBe(true);
    expect(holds({ Type: "In", QueryValue: 3, Values: [1, 2] })).toBe(false);
    const yes = { Type: "Equals", LeftValue: 1, RightValue: 1 };
    const no = { Type: "Not", Condition: yes };
    expect([holds(no), holds(yes, no), holds(), holds({ Type: "Or", Conditions: [no, yes] })]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it("fails aloud when a gate's operands have no order, whichever way round", () => {
    expect(() => holds({ Type: "GreaterThan", LeftValue: "0.9", RightValue: 0.8 })).toThrow(
      'GreaterThan cannot compare "0.9" (string) with 0.8 (number). Give both operands the same type.',
    );
    expect(() => holds({ Type: "Equals", LeftValue: null, RightValue: 1 })).toThrow(
      "LeftValue of a condition is null.",
    );
    expect(() => holds({ Type: "Equals", LeftValue: 1 })).toThrow("RightValue of a condition is missing.");
  });
});

describe("ExpireAfter", () => {
  it.each([
    ["P30D", 30 * 86_400_000],
    ["p30d", 30 * 86_400_000],
    ["30d", 30 * 86_400_000],
    ["5y", 5 * 365 * 86_400_000],
    ["T16m", 16 * 60_000],
    ["30dT5h", 30 * 86_400_000 + 5 * 3_600_000],
    ["P4DT12H", 4 * 86_400_000 + 12 * 3_600_000],
    ["T12H", 12 * 3_600_000],
    ["P30DT1H30M", 30 * 86_400_000 + 5_400_000],
    ["PT1.5S", 1500],
  ])("%s", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(["", "P", "soon", "30", "T", "P-1D"])("%j is no duration", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("job names", () => {
  const base = { executionId: "abcdefghijkl", attempt: 1, maxLength: 63 };
  const valid = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;

  it("have AWS's form, and are the same for the same attempt only", () => {
    const name = jobName({ ...base, step: "PrepareTheTrainingDataCarefully" });
    expect(name).toMatch(/^pipelines-abcdefghijkl-PrepareTheTrainingDa-[A-Za-z0-9]{10}$/);
    expect(jobName({ ...base, step: "PrepareTheTrainingDataCarefully" })).toBe(name);
    expect(jobName({ ...base, step: "PrepareTheTrainingDataCarefully", attempt: 2 })).not.toBe(name);
    expect(tokenOf("a", "b", 1)).not.toBe(tokenOf("b", "a", 1));
  });

  it("fit the service's pattern and length for any step", () => {
    for (const step of ["a_b", "A-", "_", "x".repeat(64), "Train-the-model-now--again"]) {
      for (const maxLength of [63, 32]) {
        const name = jobName({ ...base, step, maxLength });
        expect(name).toMatch(valid);
        expect(name.length).toBeLessThanOrEqual(maxLength);
      }
    }
  });

  it("keep a prefix of the definition's own", () => {
    expect(jobName({ ...base, step: "Train", prefix: "churn-train", attempt: 3 })).toMatch(
      /^churn-train-abcdefghijkl-[A-Za-z0-9]{10}-2$/,
    );
  });
});

describe("retries", () => {
  const step = (RetryPolicies: object[]) =>
    ({ Name: "A", Type: "Training", Arguments: {}, RetryPolicies }) as unknown as StepDefinition;
  const question = { used: [], firstFailureAt: 0, at: 10_000 };

  it("happen for throttling and faults even without a policy, and for nothing else", () => {
    expect(decideRetry(step([]), { ...question, exception: "Step.THROTTLING" })).toMatchObject({ wakeAt: 11_000 });
    expect(decideRetry(step([]), { ...question, exception: "SageMaker.RESOURCE_LIMIT" })).toBeUndefined();
    expect(decideRetry(step([]), { ...question, exception: undefined })).toBeUndefined();
  });

  it("end when ExpireAfterMin is over, counted from the first failure", () => {
    const policies = [
      { ExceptionType: ["SageMaker.CAPACITY_ERROR"], IntervalSeconds: 30, BackoffRate: 1, ExpireAfterMin: 1 },
    ];
    const ask = (at: number, used: number[]) =>
      decideRetry(step(policies), { exception: "SageMaker.CAPACITY_ERROR", used, firstFailureAt: 0, at });
    expect(ask(0, [])).toEqual({ wakeAt: 30_000, used: [1, 0] });
    expect(ask(30_000, [1, 0])).toEqual({ wakeAt: 60_000, used: [2, 0] });
    expect(ask(60_000, [2, 0])).toBeUndefined();
  });
});

describe("failures in AWS's words", () => {
  const call = { service: "sagemaker" as const, operation: "CreateTrainingJob", input: {} };

  it("of a refused call", () => {
    const error = {
      code: "ResourceLimitExceeded",
      message: "The account-level service limit is 0 Instances.",
      status: 400,
    };
    expect(refusalOf(error, call, identity, "Train")).toEqual({
      exception: "SageMaker.RESOURCE_LIMIT",
      failureReason:
        "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: The account-level service limit is 0 Instances.\n" +
        `Retry not appropriate on execution of step with PipelineExecutionArn ${identity.executionArn} and StepId Train. ` +
        "No retry policy configured for the exception type SAGEMAKER_RESOURCE_LIMIT.",
    });
    expect(refusalOf({ status: 503, message: "down" }, call, identity, "Train").exception).toBe("Step.SERVICE_FAULT");
    expect(refusalOf({ code: "ValidationException", message: "no", status: 400 }, call, identity, "Train")).toEqual({
      failureReason: "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: no",
    });
  });

  it("of a failed job", () => {
    expect(jobFailure("AlgorithmError: boom")).toEqual({ failureReason: "ClientError: AlgorithmError: boom" });
    expect(jobFailure("CapacityError: none left").exception).toBe("SageMaker.CAPACITY_ERROR");
    expect(jobFailure("InternalServerError: We encountered an internal error.").exception).toBe(
      "SageMaker.JOB_INTERNAL_ERROR",
    );
    expect(jobFailure("x".repeat(2000)).failureReason).toHaveLength(1024);
  });

  it("knows its own job again", () => {
    expect(isAlreadyThere({ code: "ResourceInUse" })).toBe(true);
    expect(
      isAlreadyThere({ code: "ValidationException", message: 'Cannot create already existing model "arn".' }),
    ).toBe(true);
    expect(isAlreadyThere({ code: "ValidationException", message: "1 validation error detected" })).toBe(false);
  });
});

describe("step kinds", () => {
  const lambda = (outputs: object[]) =>
    ({
      Name: "L",
      Type: "Lambda",
      Arguments: {},
      FunctionArn: "arn:f",
      OutputParameters: outputs,
    }) as unknown as StepDefinition;
  const answered = (value: unknown) => [{ Payload: Buffer.from(JSON.stringify(value)) }];

  it("take typed outputs from a Lambda's answer, nested ones as text", () => {
    const step = lambda([
      { OutputName: "n", OutputType: "Integer" },
      { OutputName: "s", OutputType: "String" },
    ]);
    expect(lambdaStep.properties(answered({ n: 3, s: { a: 1 }, extra: true }), step)).toEqual({
      FunctionArn: "arn:f",
      OutputParameters: { n: 3, s: '{"a":1}' },
    });
    expect(() => lambdaStep.properties(answered({ s: "x" }), step)).toThrow(
      "did not return output n. Its result has: s.",
    );
    expect(() => lambdaStep.properties(answered({ n: 1.5, s: "x" }), step)).toThrow(
      "Output n of the Lambda function is 1.5, which is not of type Integer.",
    );
    expect(() =>
      lambdaStep.properties([{ FunctionError: "Unhandled", Payload: Buffer.from('{"errorMessage":"x"}') }], step),
    ).toThrow("The Lambda function failed");
    expect(() => lambdaStep.properties([{ Payload: Buffer.from("oops") }], step)).toThrow("is no JSON");
  });

  it("ask a tuner for its best trials in the objective's direction", () => {
    const step = (Type: string) =>
      ({
        Name: "T",
        Type: "Tuning",
        Arguments: { HyperParameterTuningJobConfig: { HyperParameterTuningJobObjective: { Type, MetricName: "m" } } },
      }) as unknown as StepDefinition;
    const order = (Type: string) => tuningStep.describe?.("t", undefined, step(Type))[1]?.input.SortOrder;
    expect([order("Maximize"), order("Minimize")]).toEqual(["Descending", "Ascending"]);
    expect(
      tuningStep.properties([{ Status: 1 }, { TrainingJobSummaries: [{ TrainingJobName: "best" }] }], step("Maximize")),
    ).toEqual({
      Status: 1,
      TrainingJobSummaries: [{ TrainingJobName: "best" }],
    });
  });
});
