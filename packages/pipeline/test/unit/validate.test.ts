import {
  graph,
  type PipelineDefinition,
  parameterValue,
  parseDefinition,
  printDefinition,
  validateDefinition,
} from "@sagewright/pipeline";
import fc from "fast-check";

const processing = (name: string, more: object = {}) => ({
  Name: name,
  Type: "Processing",
  Arguments: {
    ProcessingResources: { ClusterConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 } },
    AppSpecification: { ImageUri: "repo/image:1" },
    RoleArn: "arn:aws:iam::123456789012:role/Mine",
  },
  ...more,
});
const definition = (...steps: object[]) => ({
  Version: "2020-12-01",
  Metadata: {},
  Parameters: [],
  PipelineExperimentConfig: null,
  Steps: steps,
});
const found = (value: unknown) => validateDefinition(value).map(({ code, path }) => `${code} ${path}`);
const withArguments = (name: string, more: object) => {
  const step = processing(name);
  return { ...step, Arguments: { ...step.Arguments, ...more } };
};

describe("validateDefinition", () => {
  it("accepts a plain definition", () => {
    expect(found(definition(processing("A"), processing("B", { DependsOn: ["A"] })))).toEqual([]);
  });

  it("finds references that lead nowhere", () => {
    const environment = {
      A: { Get: "Parameters.Nope" },
      B: { Get: "Steps.Nope.X" },
      C: { Get: "Steps.P.ProcessingJobNam" },
      D: { Get: "Nothing" },
      E: { Get: "Steps.S.ProcessingJobArn" },
      F: { Get: "ForEach.CurrentItem" },
    };
    expect(found(definition(processing("P"), withArguments("S", { Environment: environment })))).toEqual([
      "undeclared_parameter Steps[1].Arguments.Environment.A.Get",
      "unknown_step Steps[1].Arguments.Environment.B.Get",
      "unknown_property Steps[1].Arguments.Environment.C.Get",
      "unknown_reference Steps[1].Arguments.Environment.D.Get",
      "cycle Steps[1].Arguments.Environment.E.Get",
      "item_outside_loop Steps[1].Arguments.Environment.F.Get",
    ]);
  });

  it("finds a cycle through data and extra dependencies", () => {
    const first = withArguments("A", { Environment: { X: { Get: "Steps.B.ProcessingJobArn" } } });
    expect(found(definition(first, processing("B", { DependsOn: ["A"] })))).toEqual([
      "cycle Steps[0].Arguments.Environment.X",
    ]);
  });

  it("refuses a single value where a list is due", () => {
    const step = withArguments("A", { ProcessingInputs: { Get: "Parameters.List" } });
    const value = { ...definition(step), Parameters: [{ Name: "List", Type: "String" }] };
    expect(found(value)).toEqual(["expression_type Steps[0].Arguments.ProcessingInputs"]);
  });

  it("refuses what a kind may not have", () => {
    const fail = { Name: "F", Type: "Fail", Arguments: { ErrorMessage: "no" }, RetryPolicies: [] };
    expect(found(definition(fail, processing("A", { DependsOn: ["F"] })))).toEqual([
      "retry_not_allowed Steps[0].RetryPolicies",
      "depends_on_fail Steps[1].DependsOn[0]",
    ]);
  });

  it("checks spot training and tuning limits against each other", () => {
    const job = {
      AlgorithmSpecification: { TrainingImage: "repo/image:1", TrainingInputMode: "File" },
      RoleArn: "arn:aws:iam::123456789012:role/Mine",
      OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 30 },
      EnableManagedSpotTraining: true,
    };
    const tuning = {
      HyperParameterTuningJobConfig: {
        Strategy: "Random",
        ResourceLimits: { MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 3 },
        ParameterRanges: { IntegerParameterRanges: [{ Name: "depth", MinValue: "5", MaxValue: "3" }] },
      },
    };
    const steps = [
      { Name: "T", Type: "Training", Arguments: job },
      { Name: "U", Type: "Tuning", Arguments: tuning },
    ];
    expect(found(definition(...steps))).toEqual([
      "spot_wait_short Steps[0].Arguments.StoppingCondition.MaxWaitTimeInSeconds",
      "tuning_definition Steps[1].Arguments.TrainingJobDefinition",
      "tuning_parallel Steps[1].Arguments.HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs",
      "tuning_range Steps[1].Arguments.HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges[0].MinValue",
    ]);
  });

  it("says in each message what to do", () => {
    const [found] = validateDefinition(definition({ ...processing("A"), Type: "processing" }));
    expect(found).toEqual({
      code: "unknown_step_type",
      path: "Steps[0].Type",
      message: "'processing' is no kind of step. Write 'Processing'.",
      facts: expect.objectContaining({ received: "processing" }),
    });
  });

  it("answers anything with issues instead of an exception", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        validateDefinition(value);
        validateDefinition(definition(value as object));
        graph(value);
      }),
    );
    expect(found(null)).toEqual(["not_a_definition "]);
  });
});

describe("definitions as text", () => {
  it("are printed as they were read", () => {
    for (const text of [
      '{"Version": "1", "A": [1.0, 2.50, {"b": 1e3}]}',
      '{\n "Steps": [],\n "x": -0.0\n}\n',
      '{"é":"\\n","a":{},"b":[]}',
    ]) {
      expect(printDefinition(parseDefinition(text))).toBe(text);
    }
  });

  it("keep their values through print and parse", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(printDefinition(plain as unknown as PipelineDefinition))).toEqual(plain);
        for (const indent of [0, 1, 4]) {
          const text = JSON.stringify(plain, null, indent);
          expect(JSON.parse(printDefinition(parseDefinition(text)))).toEqual(plain);
        }
      }),
    );
  });

  it("say why a text is none", () => {
    expect(() => parseDefinition("{")).toThrow(/^The definition is not JSON: .*Give a pipeline definition file\.$/);
    expect(() => parseDefinition("[]")).toThrow(
      "The definition is not a JSON object. Give a pipeline definition file.",
    );
  });
});

describe("parameterValue", () => {
  it("reads texts of each type", () => {
    expect(parameterValue({ Name: "N", Type: "Integer" }, "3")).toEqual({ value: 3 });
    expect(parameterValue({ Name: "N", Type: "Float" }, "0.5")).toEqual({ value: 0.5 });
    expect(parameterValue({ Name: "N", Type: "Boolean" }, "True")).toEqual({ value: true });
    expect(parameterValue({ Name: "N", Type: "Integer" }, "3.5")).toMatchObject({
      issue: { message: "N: '3.5' is no integer. Give a whole number such as 3." },
    });
    expect(parameterValue({ Name: "N", Type: "String", EnumValues: ["a"] }, "b")).toMatchObject({
      issue: { code: "parameter_value" },
    });
  });
});
