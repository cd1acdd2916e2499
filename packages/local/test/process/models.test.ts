import type {
  DescribeEndpointConfigOutput,
  DescribeModelOutput,
  ListEndpointConfigsOutput,
  ListModelsOutput,
} from "@aws-sdk/client-sagemaker";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { temporaryState } from "../support/folder";
import {
  BUCKET,
  createConfig,
  createModel,
  type HostedCloud,
  IMAGE,
  openHosting,
  putModel,
} from "../support/hosted-cloud";

const packageArn = "arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/1";
const arn = (kind: string, name: string) => `arn:aws:sagemaker:us-east-1:000000000000:${kind}/${name}`;

describe("models and endpoint configurations", () => {
  const state = temporaryState();
  let cloud: HostedCloud;
  let registered: object = {};
  beforeAll(() => {
    const registry = { DescribeModelPackage: { handle: () => registered } };
    cloud = openHosting(state.folder, createContainerRuntime(), {}, registry);
  });
  afterAll(async () => {
    await cloud.close();
    await state.remove();
  });
  const create = (ModelName: string, PrimaryContainer: object) =>
    cloud.call("CreateModel", { ModelName, ExecutionRoleArn: "arn:role", PrimaryContainer });

  it("takes image, data and environment from the model package; the container's own variables win", async () => {
    const ModelDataUrl = await putModel(cloud, "runs/model.tar.gz", { "weight.txt": "3" });
    const Environment = { SAGEMAKER_PROGRAM: "inference.py", A: "package" };
    registered = {
      ModelPackageStatus: "Completed",
      InferenceSpecification: { Containers: [{ Image: IMAGE, ModelDataUrl, Environment }] },
    };
    await create("packaged", { ModelPackageName: packageArn, Environment: { A: "own" } });
    const found: DescribeModelOutput = await cloud.call("DescribeModel", { ModelName: "packaged" });
    expect(found).toMatchObject({
      ModelArn: arn("model", "packaged"),
      ExecutionRoleArn: "arn:role",
      PrimaryContainer: {
        ModelPackageName: packageArn,
        Image: IMAGE,
        ModelDataUrl,
        Environment: { SAGEMAKER_PROGRAM: "inference.py", A: "own" },
      },
    });
  });

  it("refuses a package that cannot be deployed, data that are not there, and what is not emulated", async () => {
    registered = { ModelPackageStatus: "Failed", InferenceSpecification: { Containers: [] } };
    await expect(create("m", { ModelPackageName: packageArn })).rejects.toThrow(
      "its status is Failed and it names no container",
    );
    await expect(create("m", { Image: IMAGE, ModelDataUrl: `s3://${BUCKET}/none.tar.gz` })).rejects.toThrow(
      `Could not access model data at s3://${BUCKET}/none.tar.gz. Please ensure that the role "arn:role" exists`,
    );
    await expect(create("m", { Image: IMAGE, Mode: "MultiModel" })).rejects.toThrow("Mode MultiModel is not emulated");
    await expect(create("m", {})).rejects.toThrow("One of Image and ModelPackageName must be given");
    await expect(cloud.call("CreateModel", { ModelName: "m" })).rejects.toThrow(
      "Exactly one of PrimaryContainer and Containers",
    );
    await expect(cloud.call("DescribeModel", { ModelName: "m" })).rejects.toThrow(
      `Could not find model "${arn("model", "m")}".`,
    );
  });

  it("keeps an inference pipeline as a model, and says where it is to run that it cannot", async () => {
    await cloud.call("CreateModel", { ModelName: "chain", Containers: [{ Image: IMAGE }, { Image: IMAGE }] });
    const found: DescribeModelOutput = await cloud.call("DescribeModel", { ModelName: "chain" });
    expect(found.Containers).toHaveLength(2);
    await expect(createConfig(cloud, "c", { chain: 1 })).rejects.toThrow("Model chain has several containers.");
  });

  it("lists, finds and deletes; a name is taken once", async () => {
    await createModel(cloud, "a", "");
    await expect(createModel(cloud, "a", "")).rejects.toThrow(
      `Cannot create already existing model "${arn("model", "a")}".`,
    );
    await createConfig(cloud, "config-a", { a: 2 });
    await expect(createConfig(cloud, "config-a", { a: 1 })).rejects.toThrow(
      `Cannot create already existing endpoint configuration "${arn("endpoint-config", "config-a")}".`,
    );
    const config: DescribeEndpointConfigOutput = await cloud.call("DescribeEndpointConfig", {
      EndpointConfigName: "config-a",
    });
    expect(config).toMatchObject({
      EndpointConfigArn: arn("endpoint-config", "config-a"),
      ProductionVariants: [{ VariantName: "v-a", ModelName: "a", InitialVariantWeight: 2 }],
    });
    const models: ListModelsOutput = await cloud.call("ListModels", {
      NameContains: "a",
      SortBy: "Name",
      SortOrder: "Ascending",
    });
    expect(models.Models?.map(({ ModelName }) => ModelName)).toEqual(["a", "chain", "packaged"]);
    const configs: ListEndpointConfigsOutput = await cloud.call("ListEndpointConfigs", {});
    expect(configs.EndpointConfigs?.map(({ EndpointConfigName }) => EndpointConfigName)).toEqual(["config-a"]);
    await cloud.call("DeleteEndpointConfig", { EndpointConfigName: "config-a" });
    await cloud.call("DeleteModel", { ModelName: "a" });
    await expect(cloud.call("DescribeEndpointConfig", { EndpointConfigName: "config-a" })).rejects.toThrow(
      `Could not find endpoint configuration "${arn("endpoint-config", "config-a")}".`,
    );
    await expect(createConfig(cloud, "c", { a: 1 })).rejects.toThrow(`Could not find model "${arn("model", "a")}".`);
  });

  it.each([
    ["AsyncInferenceConfig", { AsyncInferenceConfig: {} }],
    ["ExplainerConfig", { ExplainerConfig: {} }],
  ])("does not pretend to know %s", async (member, request) => {
    await expect(cloud.call("CreateEndpointConfig", { EndpointConfigName: "c", ...request })).rejects.toThrow(
      `${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`,
    );
  });

  it("refuses a serverless variant with what serverless endpoints do not support", async () => {
    await createModel(cloud, "s", "");
    const serverless = (ServerlessConfig: object, more: object = {}, variant: object = {}) =>
      cloud.call("CreateEndpointConfig", {
        EndpointConfigName: "config-s",
        ProductionVariants: [{ VariantName: "v", ModelName: "s", ServerlessConfig, ...variant }],
        ...more,
      });
    const config = { MemorySizeInMB: 2048, MaxConcurrency: 5 };
    await expect(serverless({ ...config, MemorySizeInMB: 1500 })).rejects.toThrow(
      "MemorySizeInMB of variant v is 1500. It must be one of 1024, 2048, 3072, 4096, 5120, 6144.",
    );
    await expect(serverless({ ...config, ProvisionedConcurrency: 6 })).rejects.toThrow(
      "ProvisionedConcurrency of variant v (6) must be less than or equal to MaxConcurrency (5).",
    );
    const DataCaptureConfig = {
      InitialSamplingPercentage: 100,
      DestinationS3Uri: "s3://b/c",
      CaptureOptions: [{ CaptureMode: "Input" }],
    };
    for (const [what, more] of [
      ["DataCaptureConfig", { DataCaptureConfig }],
      ["VpcConfig", { VpcConfig: { SecurityGroupIds: ["sg-1"], Subnets: ["subnet-1"] } }],
      ["EnableNetworkIsolation", { EnableNetworkIsolation: true }],
    ] as const) {
      await expect(serverless(config, more)).rejects.toThrow(
        `Variant v is serverless, and serverless endpoints do not support ${what}.`,
      );
    }
    await expect(serverless(config, {}, { InitialInstanceCount: 1 })).rejects.toThrow(
      "do not support InitialInstanceCount",
    );
    await expect(
      serverless(config, {
        ProductionVariants: ["v", "w"].map((VariantName) => ({
          VariantName,
          ModelName: "s",
          ServerlessConfig: config,
        })),
      }),
    ).rejects.toThrow("do not support more than one production variant");
  });

  it("refuses two variants of one name, and captures that would go nowhere", async () => {
    await createModel(cloud, "twice", "");
    const variant = { VariantName: "v", ModelName: "twice", InstanceType: "ml.m5.large", InitialInstanceCount: 1 };
    const create = (request: object) => cloud.call("CreateEndpointConfig", { EndpointConfigName: "c", ...request });
    await expect(create({ ProductionVariants: [variant, variant] })).rejects.toThrow(
      "Two variants are called v. Variant names must be unique within an endpoint configuration.",
    );
    const DataCaptureConfig = {
      InitialSamplingPercentage: 100,
      DestinationS3Uri: "https://b/c",
      CaptureOptions: [{ CaptureMode: "Input" }],
    };
    await expect(create({ ProductionVariants: [variant], DataCaptureConfig })).rejects.toThrow(
      "DataCaptureConfig.DestinationS3Uri: https://b/c is no S3 location. Give s3://bucket/prefix.",
    );
  });

  it("needs a configuration that exists for an endpoint", async () => {
    await expect(cloud.call("CreateEndpoint", { EndpointName: "e", EndpointConfigName: "none" })).rejects.toThrow(
      `Could not find endpoint configuration "${arn("endpoint-config", "none")}".`,
    );
    await expect(cloud.call("DescribeEndpoint", { EndpointName: "e" })).rejects.toThrow(
      `Could not find endpoint "${arn("endpoint", "e")}".`,
    );
    expect(await cloud.call("ListEndpoints", {})).toMatchObject({ Endpoints: [] });
  });
});
