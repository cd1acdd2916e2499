import {
  categorical,
  continuous,
  extraTrees,
  HyperparameterError,
  histGradientBoosting,
  integer,
  linearRegression,
  logisticRegression,
  mlp,
  randomForest,
} from "@sagewright/sklearn";

/** Settings as plain JavaScript would give them. */
const untyped = (settings: object): never => settings as never;

function refusal(build: () => unknown): HyperparameterError {
  try {
    build();
  } catch (error) {
    if (error instanceof HyperparameterError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("estimators", () => {
  it("keep fixed values and ranges apart", () => {
    const forest = randomForest({
      max_depth: integer(3, 16),
      n_estimators: 200,
      class_weight: "balanced",
      max_features: categorical(["sqrt", 0.5]),
    });
    expect(forest.name).toBe("random_forest");
    expect(forest.fixed).toEqual({ n_estimators: 200, class_weight: "balanced" });
    expect(Object.keys(forest.ranges)).toEqual(["max_depth", "max_features"]);
  });

  it("refuse a name that scikit-learn does not have, with those it has", () => {
    const error = refusal(() => logisticRegression(untyped({ c: 1 })));
    expect(error.code).toBe("hyperparameter_unknown");
    expect(error.field).toBe("logisticRegression.c");
    expect(error.message).toBe(
      "logisticRegression.c: scikit-learn has no such hyperparameter. Use one of C, class_weight, dual, fit_intercept, intercept_scaling, l1_ratio, max_iter, solver, tol.",
    );
  });

  it.each<[string, () => unknown, string]>([
    [
      "a number below its range",
      () => randomForest({ max_depth: 0 }),
      "randomForest.max_depth: 0 is not a whole number of at least 1 or null. Give a whole number of at least 1 or null.",
    ],
    [
      "a fraction of trees",
      () => randomForest({ n_estimators: 1.5 }),
      "randomForest.n_estimators: 1.5 is not a whole number of at least 1. Give a whole number of at least 1.",
    ],
    [
      "a choice that is none",
      () => histGradientBoosting(untyped({ early_stopping: "yes" })),
      'histGradientBoosting.early_stopping: "yes" is not "auto" or true or false. Give "auto" or true or false.',
    ],
    [
      "a number above its range",
      () => histGradientBoosting({ max_bins: 256 }),
      "histGradientBoosting.max_bins: 256 is not a whole number of at least 2 and at most 255. Give a whole number of at least 2 and at most 255.",
    ],
    [
      "an empty network",
      () => mlp({ hidden_layer_sizes: [] }),
      "mlp.hidden_layer_sizes: [] is not a whole number of at least 1 or a list of whole numbers of at least 1. Give a whole number of at least 1 or a list of whole numbers of at least 1.",
    ],
    [
      "infinity",
      () => logisticRegression({ C: Number.POSITIVE_INFINITY }),
      "logisticRegression.C: null is not a number above 0. Give a number above 0.",
    ],
    [
      "a range that leaves the allowed one",
      () => extraTrees({ max_depth: integer(0, 5) }),
      "extraTrees.max_depth: it has the range 0 to 5, which is not a whole number of at least 1 or null. Give a whole number of at least 1 or null.",
    ],
    [
      "a range of the wrong kind",
      () => randomForest(untyped({ n_estimators: continuous(1, 5) })),
      "randomForest.n_estimators: it has the range 1 to 5 of kind continuous, but takes a whole number of at least 1. Give a whole number of at least 1.",
    ],
    [
      "a range that is upside down",
      () => randomForest({ max_depth: integer(9, 3) }),
      "randomForest.max_depth: it has the range 9 to 3, whose start is not below its end. Give a whole number of at least 1 or null.",
    ],
    [
      "a choice among a tuner's",
      () => randomForest({ max_features: categorical(["sqrt", "all"]) }),
      'randomForest.max_features: it has the choice "all", which is not a whole number of at least 1, a number above 0 and below 1, "sqrt", "log2" or null. Give a whole number of at least 1, a number above 0 and below 1, "sqrt", "log2" or null.',
    ],
  ])("refuse %s with field, rule, value and remedy", (_, build, message) => {
    const error = refusal(build);
    expect(error.code).toBe("hyperparameter_invalid");
    expect(error.message).toBe(message);
  });

  it("say which tasks they can do", () => {
    expect(refusal(() => logisticRegression().checkTask("regression")).message).toBe(
      "logisticRegression cannot do the task regression. Use linearRegression, or another estimator.",
    );
    expect(refusal(() => linearRegression().checkTask("binary")).code).toBe("estimator_task");
    expect(() => linearRegression({ alpha: 2 }).checkTask("regression")).not.toThrow();
  });

  it("take what one task has and refuse it in the other", () => {
    const forest = randomForest({ criterion: "poisson" });
    expect(() => forest.checkTask("regression")).not.toThrow();
    expect(refusal(() => forest.checkTask("binary")).message).toBe(
      'randomForest.criterion: "poisson" is not "gini", "entropy" or "log_loss" for a binary target. Give "gini", "entropy" or "log_loss".',
    );
    expect(refusal(() => randomForest({ class_weight: "balanced" }).checkTask("regression")).code).toBe(
      "hyperparameter_unknown",
    );
  });

  it("are typed with scikit-learn's names", () => {
    // @ts-expect-error no such hyperparameter
    expect(() => randomForest({ depth: 3 })).toThrow(HyperparameterError);
    // @ts-expect-error no such choice
    expect(() => mlp({ activation: "sigmoid" })).toThrow(HyperparameterError);
    // @ts-expect-error a whole number or null
    expect(() => randomForest({ max_depth: "deep" })).toThrow(HyperparameterError);
  });
});
