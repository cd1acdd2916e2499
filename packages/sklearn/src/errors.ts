/** Base of every error this package throws. `code` is stable; the message is for people. */
export class SklearnError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A hyperparameter's name or value is not one that scikit-learn accepts. */
export class HyperparameterError extends SklearnError {
  constructor(
    code: "hyperparameter_unknown" | "hyperparameter_invalid" | "estimator_task",
    message: string,
    /** Estimator and hyperparameter: `randomForest.max_depth`. */
    readonly field: string,
    readonly received: unknown,
  ) {
    super(code, message);
  }
}

/** A step's option is missing, contradicts another or is outside its range. */
export class StepOptionError extends SklearnError {
  constructor(
    code: string,
    /** Step and option: `Tune.spot.maxWaitSeconds`. */
    readonly field: string,
    message: string,
  ) {
    super(code, `${field}: ${message}`);
  }
}
