import { boolean, defineContract, integer as integerColumn } from "@sagewright/contract";
import {
  compile,
  greaterThanOrEqual,
  localTarget,
  type Pipeline,
  pipeline,
  type Step,
  validateDefinition,
  when,
} from "@sagewright/pipeline";
import {
  type FitOptions,
  integer,
  linearRegression,
  maximize,
  type PreparedStep,
  randomForest,
  StepOptionError,
  sklearn,
  type TuneOptions,
} from "@sagewright/sklearn";

const churn = defineContract({
  name: "churn",
  target: { column: "left", positive: "1", negative: "0" },
  columns: { age: integerColumn({ minimum: 0 }), card: boolean({ true: "1", false: "0" }) },
});
const value = defineContract({
  name: "value",
  target: { column: "clv", kind: "regression" },
  columns: { age: integerColumn({ minimum: 0 }) },
});

/** A pipeline that starts with a prepare step. */
function withPrepared(build: (prepared: PreparedStep) => Step | readonly Step[], contract = churn): Pipeline {
  return pipeline("p", ({ parameter }) =>
    build(sklearn.prepare("Prepare", { contract: contract as never, input: parameter.string("Input") })),
  );
}

const tuneOptions = (data: PreparedStep): TuneOptions => ({
  data,
  estimator: randomForest({ max_depth: integer(3, 16), n_estimators: 50 }),
  objective: maximize("validation:auc"),
  jobs: 4,
});

// biome-ignore lint/suspicious/noExplicitAny: a definition's arguments are looked into freely.
type Loose = any;
const stepsOf = (made: Pipeline): Loose[] => compile(made, localTarget).definition.Steps as Loose[];
const options = (error: unknown): string[] =>
  error instanceof StepOptionError ? [error.code, error.message] : [`not refused as an option: ${error}`];
const refused = (build: () => unknown): string[] => {
  try {
    build();
  } catch (error) {
    return options(error);
  }
  return ["nothing was refused"];
};

describe("the steps of a scikit-learn pipeline", () => {
  const full = (contract = churn) =>
    withPrepared((prepared) => {
      const tuned = sklearn.tune("Tune", { ...tuneOptions(prepared), spot: { maxWaitSeconds: 600 } });
      const evaluated = sklearn.evaluate("Evaluate", { data: prepared, model: tuned.bestModel() });
      const auc = evaluated.report.at("metrics.roc_auc");
      return when("Gate", greaterThanOrEqual(auc, 0.8)).then(
        sklearn.register("Register", { model: tuned.bestModel(), evaluated, group: "g" }),
      );
    }, contract);

  it("compile to a definition without issues, the same bytes every time", () => {
    const compiled = compile(full(), localTarget);
    expect(validateDefinition(compiled.definition)).toEqual([]);
    expect(compile(full(), localTarget).json).toBe(compiled.json);
  });

  it("pass hyperparameters as script mode expects them", () => {
    const definition = stepsOf(full())[1].Arguments.TrainingJobDefinition;
    expect(definition.StaticHyperParameters).toMatchObject({
      sagemaker_program: "train.py",
      sagemaker_region: "us-east-1",
      estimator: "random_forest",
      task: "binary",
      seed: "42",
      n_estimators: "50",
    });
    expect(definition.StaticHyperParameters.sagemaker_submit_directory).toMatch(
      /\/code\/[0-9a-f]{64}\/sourcedir\.tar\.gz$/,
    );
    expect(definition.EnableManagedSpotTraining).toBe(true);
    expect(definition.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 600 });
    expect(definition.CheckpointConfig.S3Uri).toContain("/checkpoints/p/Tune");
    expect(definition.InputDataConfig.map((channel: Loose) => channel.ChannelName)).toEqual([
      "train",
      "validation",
      "preprocess",
    ]);
  });

  it("train on spot with checkpoints unless told otherwise", () => {
    const job = (more: object) =>
      stepsOf(withPrepared((data) => sklearn.tune("Tune", { ...tuneOptions(data), ...more })))[1].Arguments
        .TrainingJobDefinition;
    expect(job({})).toMatchObject({
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 3_600, MaxWaitTimeInSeconds: 3_600 },
      CheckpointConfig: {},
    });
    expect(job({ maxRuntimeSeconds: 7_200 }).StoppingCondition).toEqual({
      MaxRuntimeInSeconds: 7_200,
      MaxWaitTimeInSeconds: 7_200,
    });
    const onDemand = job({ spot: false });
    expect(onDemand.EnableManagedSpotTraining).toBeUndefined();
    expect(onDemand.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400 });
  });

  it("find the metrics that training prints", () => {
    const definitions = stepsOf(full())[1].Arguments.TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions;
    const log = "validation:auc=0.9123456789\nvalidation:f1=0.5\nvalidation:accuracy=1.0000000000\n";
    const found = definitions.map(({ Name, Regex }: Loose) => [Name, Number(new RegExp(Regex).exec(log)?.[1])]);
    expect(found).toEqual([
      ["validation:auc", 0.9123456789],
      ["validation:f1", 0.5],
      ["validation:accuracy", 1],
    ]);
  });

  it("record in the registry what a deployment must check", () => {
    const register = stepsOf(full())[3].Arguments.IfSteps[0].Arguments;
    const { CustomerMetadataProperties: notes } = register;
    expect(notes.manifest_sha256["Std:JsonGet"].Path).toBe("model.manifest_sha256");
    expect(notes.roc_auc["Std:Join"].Values[0]["Std:JsonGet"].Path).toBe("metrics.roc_auc");
    expect(notes.contract_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(register.ModelMetrics.ModelQuality.Statistics.ContentType).toBe("application/json");
    expect(register.DriftCheckBaselines.ModelDataQuality.Statistics.S3Uri["Std:Join"].Values[1]).toBe("baseline.json");
    expect(register.InferenceSpecification.Containers[0].Environment.SAGEMAKER_PROGRAM).toBe("inference.py");
  });

  it("use the region's image and refuse a region without one", () => {
    const frankfurt = compile(full(), { ...localTarget, region: "eu-central-1" });
    expect(frankfurt.json).toContain(
      "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    );
    expect(() => compile(full(), { ...localTarget, region: "mars-north-1" })).toThrow(
      /region: mars-north-1 has no scikit-learn image\. Use one of af-south-1, ap-east-1,/,
    );
  });

  it("train with fixed hyperparameters, imbalance and costs", () => {
    const made = withPrepared((data) =>
      sklearn.train("Train", {
        data,
        estimator: randomForest({ max_depth: null, bootstrap: false }),
        imbalance: "smote",
        costs: { falsePositive: 1, falseNegative: 5 },
        seed: 7,
      }),
    );
    expect(stepsOf(made)[1].Arguments.HyperParameters).toMatchObject({
      max_depth: "null",
      bootstrap: "false",
      imbalance: "smote",
      cost_false_negative: "5",
      seed: "7",
    });
  });

  it("train and judge regressions", () => {
    const made = withPrepared((data) => {
      const trained = sklearn.train("Train", { data, estimator: linearRegression({ alpha: 0.5 }) });
      const evaluated = sklearn.evaluateRegression("Evaluate", { data, model: trained.model });
      return when("Gate", greaterThanOrEqual(evaluated.report.at("metrics.r2"), 0.1)).then(
        sklearn.register("Register", { model: trained.model, evaluated, group: "clv" }),
      );
    }, value as never);
    const steps = stepsOf(made);
    expect(steps[1].Arguments.HyperParameters).toMatchObject({ estimator: "linear_regression", task: "regression" });
    expect(steps[3].Arguments.IfSteps[0].Arguments.CustomerMetadataProperties.r2).toBeDefined();
  });

  it("know the paths of their reports", () => {
    withPrepared((data) => {
      const trained = sklearn.train("Train", { data, estimator: randomForest() });
      const evaluated = sklearn.evaluate("Evaluate", { data, model: trained.model });
      // @ts-expect-error no such path in evaluation.json
      expect(evaluated.report.at("metrics.auc")).toBeDefined();
      // @ts-expect-error no such output
      expect(data.outputs.tests).toBeUndefined();
      expect(data.report.at("rows.quarantined")).toBeDefined();
      return evaluated;
    });
  });

  it.each<[string, (data: PreparedStep) => unknown, string[]]>([
    [
      "no jobs",
      (data) => sklearn.tune("Tune", { ...tuneOptions(data), jobs: 0 }),
      ["jobs", "Tune.jobs: 0 is not between 1 and 500. Give the number of training jobs to run."],
    ],
    [
      "nothing to search",
      (data) => sklearn.tune("Tune", { ...tuneOptions(data), estimator: randomForest({ max_depth: 3 }) }),
      [
        "estimator_ranges",
        "Tune.estimator: randomForest has no ranges to search. Give one, such as max_depth: integer(3, 16), or use sklearn.train.",
      ],
    ],
    [
      "a range without a tuner",
      (data) => sklearn.train("Train", { data, estimator: randomForest({ max_depth: integer(3, 4) }) }),
      [
        "estimator_ranges",
        "Train.estimator: max_depth is a range, which only a tuner can search. Give one value, or use sklearn.tune.",
      ],
    ],
    [
      "an objective nobody prints",
      (data) => sklearn.tune("Tune", { ...tuneOptions(data), objective: maximize("auc") }),
      [
        "objective",
        "Tune.objective: auc is not printed by training. Use one of validation:auc, validation:f1, validation:accuracy.",
      ],
    ],
    [
      "a spot wait below the run time",
      (data) => sklearn.tune("Tune", { ...tuneOptions(data), spot: { maxWaitSeconds: 60 }, maxRuntimeSeconds: 600 }),
      [
        "spot_wait",
        "Tune.spot.maxWaitSeconds: 60 is less than maxRuntimeSeconds, 600. The wait includes the run: give at least as much.",
      ],
    ],
    [
      "a regression's judge for a binary target",
      (data) => sklearn.evaluateRegression("Evaluate", { data, model: fitted(data) }),
      ["evaluate_task", "Evaluate.data: the target of contract churn is binary. Use sklearn.evaluate."],
    ],
    [
      "a cost below zero",
      (data) => sklearn.train("Train", { ...fit(data), costs: { falsePositive: -1, falseNegative: 1 } }),
      ["costs", "Train.costs.falsePositive: -1 is no cost of 0 or more. Give both costs."],
    ],
    [
      "shares that are not a whole",
      (data) =>
        sklearn.prepare("Again", {
          contract: data.contract,
          input: "s3://b/k",
          split: { train: 0.9, validation: 0.2, test: 0.1 },
        }),
      [
        "split_shares",
        "Again.split: 0.9, 0.2, 0.1 are not three positive shares of 1. Give shares such as 0.7, 0.15 and 0.15.",
      ],
    ],
    [
      "a seed that numpy refuses",
      (data) => sklearn.train("Train", { ...fit(data), seed: -1 }),
      ["seed", "Train.seed: -1 is not a whole number from 0 to 4294967295. Give one."],
    ],
  ])("refuse %s", (_, build, expected) => {
    expect.assertions(1);
    withPrepared((data) => {
      expect(refused(() => build(data))).toEqual(expected);
      return data;
    });
  });
});

const fit = (data: PreparedStep): FitOptions => ({ data, estimator: randomForest() });
const fitted = (data: PreparedStep) => sklearn.train("Fit", fit(data)).model;
