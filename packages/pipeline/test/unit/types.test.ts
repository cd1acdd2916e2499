import {
  document,
  equals,
  greaterThanOrEqual,
  integer,
  lambda,
  maximize,
  model,
  pipeline,
  processing,
  propertyFile,
  training,
  tuning,
} from "@sagewright/pipeline";
import type { Evaluation } from "./churn-example";

const image = "repo/image:1";

/** The assertions of this file are made by the compiler: every `@ts-expect-error` fails the type check when its line compiles. */
describe("types", () => {
  const step = processing("P", {
    image,
    outputs: { report: "/report" },
    propertyFiles: { evaluation: propertyFile("report", "e.json", document<Evaluation>()) },
  });
  const report = step.files.evaluation;

  it("know the outputs of a processing step", () => {
    expect(step.outputs.report).toBeDefined();
    // @ts-expect-error the output is called report
    expect(step.outputs.raport).toBeUndefined();
    const misplaced = propertyFile("b", "f.json", document<Evaluation>());
    // @ts-expect-error a property file lies in an output of its own step
    processing("Q", { image, outputs: { a: "/a" }, propertyFiles: { misplaced } });
  });

  it("know the paths of a property file and the types at them", () => {
    expect(report.at("segments[0].column")).toBeDefined();
    expect(greaterThanOrEqual(report.at("curves.roc[0][1]"), 1)).toBeDefined();
    // @ts-expect-error the member is called roc_auc
    report.at("metrics.roc_auk");
    // @ts-expect-error a column name is no number
    greaterThanOrEqual(report.at("segments[0].column"), 1);
  });

  it("know the service's answers", () => {
    const trained = training("T", { image });
    expect(trained.properties.ModelArtifacts.S3ModelArtifacts).toBeDefined();
    // @ts-expect-error the member is called S3ModelArtifacts
    expect(trained.properties.ModelArtifacts.S3ModelArtefacts).toBeDefined();
    // @ts-expect-error only tuned hyperparameters have a best value
    tuning("U", { image, objective: maximize("m"), parallel: 1, ranges: { depth: integer(1, 2) } }).best("width");
  });

  it("know parameters and what they are compared with", () => {
    pipeline("p", ({ parameter }) => {
      const colour = parameter.string("Colour", { enum: ["red", "blue"], default: "red" });
      const count = parameter.integer("Count");
      equals(count, 3);
      // @ts-expect-error a number is compared with a number
      equals(count, "three");
      // @ts-expect-error the default is one of the enum
      parameter.string("Shade", { enum: ["dark", "light"], default: "grey" });
      // @ts-expect-error a text has no order
      greaterThanOrEqual(colour, 1);
      return step;
    });
    expect(image).toBe("repo/image:1");
  });

  it("know the outputs of a Lambda", () => {
    const called = lambda("L", {
      function: "arn:aws:lambda:us-east-1:000000000000:function:f",
      outputs: { count: "Integer" },
    });
    expect(greaterThanOrEqual(called.outputs.count, 1)).toBeDefined();
    // @ts-expect-error there is no such output
    expect(called.outputs.total).toBeUndefined();
  });

  it("know which kinds are cached and retried, and on what", () => {
    const source = { image, data: "s3://bucket/model.tar.gz" };
    expect(
      processing("R", { image, cache: false, retry: [{ on: ["SageMaker.CAPACITY_ERROR"], maxAttempts: 2 }] }),
    ).toBeDefined();
    // @ts-expect-error a registration is not cached
    model("M", { model: source, cache: false });
    // @ts-expect-error a model is no job
    model("N", { model: source, retry: [{ on: ["SageMaker.CAPACITY_ERROR"] }] });
    // @ts-expect-error a Lambda is not retried
    lambda("K", { function: "arn", retry: [] });
    // @ts-expect-error there is no such failure
    training("O", { image, retry: [{ on: ["Step.BAD_LUCK"] }] });
  });
});
