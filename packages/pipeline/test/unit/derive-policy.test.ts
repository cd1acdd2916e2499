import { compile, derivePolicy, localTarget } from "@sagewright/pipeline";
import { churn } from "./churn-example";

const target = {
  ...localTarget,
  region: "eu-west-1",
  account: "123456789012",
  bucket: "mine",
  roleArn: "arn:aws:iam::123456789012:role/Run",
};
const { definition, assets } = compile(churn, target);
const derived = derivePolicy(definition, target, { InputDataUri: "s3://raw/churn.csv" });
const bySid = Object.fromEntries(derived.policy.Statement.map((statement) => [statement.Sid, statement]));

describe("derivePolicy", () => {
  it("reads inputs, code and what other steps wrote, and writes outputs and checkpoints alone", () => {
    expect(bySid.ReadObjects?.Resource).toEqual([
      "arn:aws:s3:::mine/checkpoints/churn-training/Tune*",
      `arn:aws:s3:::mine/code/${assets[0]?.digest}/*`,
      "arn:aws:s3:::mine/runs/churn-training/*",
      "arn:aws:s3:::raw/churn.csv",
    ]);
    expect(bySid.WriteObjects?.Resource).toEqual([
      "arn:aws:s3:::mine/checkpoints/churn-training/Tune*",
      "arn:aws:s3:::mine/runs/churn-training/*",
    ]);
  });

  it("calls what its kinds of step call, and tags", () => {
    expect(bySid.RunTuning?.Action).toEqual(
      expect.arrayContaining(["sagemaker:CreateHyperParameterTuningJob", "sagemaker:AddTags"]),
    );
    expect(bySid.RunTuning?.Resource).toContain("arn:aws:sagemaker:eu-west-1:123456789012:training-job/*");
    expect(bySid.RunRegisterModel?.Resource).toEqual([
      "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/churn",
      "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/*",
    ]);
    expect(bySid.RunTransform).toBeUndefined();
  });

  it("passes its role to SageMaker only", () => {
    expect(bySid.PassRole).toEqual({
      Sid: "PassRole",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: ["arn:aws:iam::123456789012:role/Run"],
      Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    });
  });

  it("pulls its images", () => {
    expect(bySid.Images?.Resource).toEqual(["arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-scikit-learn"]);
  });

  it("names locations that only a start knows", () => {
    expect(derived.unknown).toEqual([]);
    expect(derivePolicy(definition, target).unknown).toEqual([
      { path: "Steps[0].Arguments.ProcessingInputs[1].S3Input.S3Uri", text: '{"Get":"Parameters.InputDataUri"}' },
    ]);
  });
});
