import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainingRequest } from "../../../src/services/sagemaker/training/request";
import { toolkitEnvironment } from "../../../src/services/sagemaker/training/toolkit";

interface Fixture {
  name: string;
  hyperparameters: Record<string, string>;
  channels: string[];
  arguments: string[];
  variables: Record<string, string>;
}

const { cases } = JSON.parse(readFileSync(join(__dirname, "toolkit-fixtures.json"), "utf8")) as { cases: Fixture[] };
const facts = { arn: "arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1", region: "us-east-1", cpus: 2 };

function request(hyperparameters: Record<string, string>, channels: string[] = ["train"]): TrainingRequest {
  return {
    TrainingJobName: "job-1",
    RoleArn: "arn:aws:iam::000000000000:role/R",
    AlgorithmSpecification: { TrainingImage: "sagemaker-scikit-learn:1.9-0", TrainingInputMode: "File" },
    HyperParameters: hyperparameters,
    InputDataConfig: channels.map((ChannelName) => ({
      ChannelName,
      ...(ChannelName === "train" ? { ContentType: "text/csv" } : {}),
      DataSource: {
        S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://b/p", S3DataDistributionType: "FullyReplicated" },
      },
    })),
    OutputDataConfig: { S3OutputPath: "s3://b/out" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
  };
}

describe("the script's environment is the real toolkit's", () => {
  test.each(cases)("$name", ({ hyperparameters, channels, arguments: expected, variables }) => {
    const made = toolkitEnvironment(request(hyperparameters, channels), facts);
    expect(made.argv.slice(2)).toEqual(expected);
    const ours = Object.fromEntries(Object.entries(made.env).filter(([name]) => /^SM_(?!STUDIO)/.test(name)));
    expect(ours).toEqual(variables);
  });
});

test("the configuration files are the platform's", () => {
  const { files } = toolkitEnvironment(request({ a: "1" }), facts);
  expect(JSON.parse(files["input/config/hyperparameters.json"] ?? "")).toEqual({ a: "1" });
  expect(files["input/config/inputdataconfig.json"]).toBe(
    '{"train":{"TrainingInputMode":"File","S3DistributionType":"FullyReplicated","RecordWrapperType":"None","ContentType":"text/csv"}}',
  );
  expect(files["input/config/resourceconfig.json"]).toBe(
    '{"current_host":"algo-1","current_instance_type":"ml.m5.large","current_group_name":"homogeneousCluster",' +
      '"hosts":["algo-1"],"instance_groups":[{"instance_group_name":"homogeneousCluster","instance_type":"ml.m5.large",' +
      '"hosts":["algo-1"]}],"network_interface_name":"eth0"}',
  );
});

test("an entry point of the request's own replaces the toolkit", () => {
  const own = request({ alpha: "1" });
  own.AlgorithmSpecification.ContainerEntrypoint = ["/bin/bash"];
  own.AlgorithmSpecification.ContainerArguments = ["-c", "echo hi"];
  own.Environment = { MINE: "1" };
  const made = toolkitEnvironment(own, facts);
  expect(made.argv).toEqual(["/bin/bash", "-c", "echo hi"]);
  expect(made.workingDirectory).toBe("/");
  expect(Object.keys(made.env).filter((name) => name.startsWith("SM_HP"))).toEqual([]);
  expect(made.env).toMatchObject({ TRAINING_JOB_NAME: "job-1", AWS_REGION: "us-east-1", MINE: "1" });
});

test("a shell program gets its arguments through a shell, quoted", () => {
  const made = toolkitEnvironment(request({ sagemaker_program: "run.sh", text: "it's $5" }), facts);
  expect(made.argv).toEqual(["/bin/sh", "-c", `./run.sh --text 'it'"'"'s $5'`]);
});
