import {
  after,
  compile,
  equals,
  execution,
  fail,
  InvalidDefinitionError,
  join,
  localTarget,
  pipeline,
  processing,
  type StepDefinition,
  training,
  validateDefinition,
  when,
} from "@sagewright/pipeline";
import { churn } from "./churn-example";

const image = "repo/image:1";
const stepsOf = (compiled: ReturnType<typeof compile>) => compiled.definition.Steps;
const byName = (steps: readonly StepDefinition[], name: string) =>
  steps.find((step) => step.Name === name) as StepDefinition;

describe("compile", () => {
  it("prints the churn pipeline as a definition that validates", () => {
    const { definition, json, parameters } = compile(churn);
    expect(validateDefinition(JSON.parse(json))).toEqual([]);
    expect(definition.Steps.map(({ Name, Type }) => `${Name}:${Type}`)).toEqual([
      "Prepare:Processing",
      "Tune:Tuning",
      "Evaluate:Processing",
      "AucGate:Condition",
    ]);
    expect(parameters).toEqual([
      { Name: "InputDataUri", Type: "String" },
      { Name: "MinimumAuc", Type: "Float", DefaultValue: 0.8 },
    ]);
  });

  it("puts the target's bucket and role into the definition and the execution id into output folders", () => {
    const target = { ...localTarget, bucket: "my-bucket", roleArn: "arn:aws:iam::123456789012:role/Mine" };
    const prepare = byName(stepsOf(compile(churn, target)), "Prepare").Arguments;
    expect(prepare.RoleArn).toBe("arn:aws:iam::123456789012:role/Mine");
    expect(prepare.ProcessingOutputConfig).toMatchObject({
      Outputs: [
        {
          S3Output: {
            S3Uri: {
              "Std:Join": {
                On: "/",
                Values: [
                  "s3:/",
                  "my-bucket",
                  "runs",
                  "churn-training",
                  { Get: "Execution.PipelineExecutionId" },
                  "Prepare",
                  "train",
                ],
              },
            },
          },
        },
        {},
      ],
    });
  });

  it("takes the best model's folder from the tuning job that ran, which a cached result keeps", () => {
    const evaluate = byName(stepsOf(compile(churn)), "Evaluate").Arguments;
    expect(evaluate.ProcessingInputs).toMatchObject([
      {
        S3Input: {
          S3Uri: {
            "Std:Join": {
              On: "/",
              Values: [
                { Get: "Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath" },
                { Get: "Steps.Tune.TrainingJobSummaries[0].TrainingJobName" },
                "output/model.tar.gz",
              ],
            },
          },
        },
      },
    ]);
    expect(evaluate.AppSpecification).toMatchObject({
      ContainerArguments: [
        "--depth",
        { "Std:Join": { On: "", Values: [{ Get: "Steps.Tune.BestTrainingJob.TunedHyperParameters['max_depth']" }] } },
      ],
    });
  });

  it("gives code keys that depend on its content alone", () => {
    const [asset] = compile(churn).assets;
    expect(asset?.uri).toBe(`s3://${localTarget.bucket}/code/${asset?.digest}/`);
    expect(asset?.files.map(({ key }) => key)).toEqual([
      `code/${asset?.digest}/evaluate.py`,
      `code/${asset?.digest}/prepare.py`,
    ]);
  });

  it("keeps checkpoints free of the execution id, so that the cache key is stable", () => {
    const tune = byName(stepsOf(compile(churn)), "Tune").Arguments as {
      TrainingJobDefinition: { CheckpointConfig: object };
    };
    expect(tune.TrainingJobDefinition.CheckpointConfig).toEqual({
      S3Uri: `s3://${localTarget.bucket}/checkpoints/churn-training/Tune`,
    });
  });

  it("caches jobs for 30 days unless told otherwise", () => {
    const made = pipeline("p", () => [
      processing("On", { image }),
      processing("Off", { image, cache: false }),
      processing("Short", { image, cache: { expireAfter: "PT1H" } }),
    ]);
    expect(stepsOf(compile(made)).map(({ CacheConfig }) => CacheConfig)).toEqual([
      { Enabled: true, ExpireAfter: "P30D" },
      undefined,
      { Enabled: true, ExpireAfter: "PT1H" },
    ]);
  });

  it("writes hyperparameters as text, also those known only later", () => {
    const made = pipeline("p", ({ parameter }) =>
      training("T", { image, hyperparameters: { depth: 3, flag: true, later: parameter.integer("Depth") } }),
    );
    expect(byName(stepsOf(compile(made)), "T").Arguments.HyperParameters).toEqual({
      depth: "3",
      flag: "true",
      later: { "Std:Join": { On: "", Values: [{ Get: "Parameters.Depth" }] } },
    });
  });

  it("hands a trained model to later steps", () => {
    const made = pipeline("p", () => {
      const trained = training("T", { image });
      return processing("Use", { image, inputs: { model: { uri: trained.model, path: "/opt/model" } } });
    });
    expect(byName(stepsOf(compile(made)), "Use").Arguments.ProcessingInputs).toMatchObject([
      { S3Input: { S3Uri: { Get: "Steps.T.ModelArtifacts.S3ModelArtifacts" } } },
    ]);
  });

  it("prints extra dependencies with their triggers", () => {
    const made = pipeline("p", () => {
      const first = processing("First", { image });
      return processing("Alarm", { image, dependsOn: [after(first, "Failed")] });
    });
    expect(byName(stepsOf(compile(made)), "Alarm").DependsOn).toEqual([{ Step: "First", Trigger: "Failed" }]);
  });

  it("names steps that are made and never used", () => {
    const made = pipeline("p", () => {
      processing("Lost", { image });
      return processing("Kept", { image });
    });
    expect(() => compile(made)).toThrow(
      "p: 1 problem in the definition.\n  Steps: The pipeline's function makes the step 'Lost', but neither returns it nor uses a result of it. Return it, or remove it.",
    );
  });

  it("reports every issue in one error", () => {
    const made = pipeline("p", () => [
      processing("A", { image, instances: { type: "ml.nothing" } }),
      processing("A", { image, instances: { count: 101 } }),
    ]);
    const error = catchError(() => compile(made)) as InvalidDefinitionError;
    expect(error).toBeInstanceOf(InvalidDefinitionError);
    expect(error.issues.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "enum Steps[0].Arguments.ProcessingResources.ClusterConfig.InstanceType",
      "max_value Steps[1].Arguments.ProcessingResources.ClusterConfig.InstanceCount",
      "duplicate_name Steps[1].Name",
    ]);
  });

  it("refuses an expression where text is put together by hand", () => {
    expect(() => `${execution.PipelineExecutionId}`).toThrow('Use join("", ["text ", expression])');
  });

  it("joins what it knows at compile time into a literal", () => {
    const made = pipeline("p", () =>
      when("W", equals(execution.PipelineName, "p")).then(fail("F", join("-", ["a", 1, join("", ["b", true])]))),
    );
    const [gate] = stepsOf(compile(made));
    expect(gate?.Arguments.IfSteps).toMatchObject([{ Arguments: { ErrorMessage: "a-1-btrue" } }]);
  });
});

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
