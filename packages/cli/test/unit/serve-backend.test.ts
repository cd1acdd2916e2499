import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "@sagewright/contract";
import { loadPredictor } from "@sagewright/predictor";
import { createClients } from "@sagewright/sagemaker";
import type { OpenModel } from "../../src/models/open-model";
import { type BackendOptions, servedBackend } from "../../src/models/serve-backend";

const fixtures = join(__dirname, "../../../serving/test/unit/fixtures");
const clients = createClients({ region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
const asked = (options: Partial<BackendOptions>) =>
  servedBackend({ clients, backend: undefined, endpoint: undefined, onOtherModel: () => undefined, ...options });
const model = (details: object) =>
  ({
    details: { group: "churn", version: 3, arn: "arn:aws:sagemaker:us-east-1:0:model-package/churn/3", ...details },
    contract: readContract(readFileSync(join(fixtures, "binary.contract.json"), "utf8")),
    predictor: loadPredictor(readFileSync(join(fixtures, "binary.safetensors"))),
    metrics: {},
  }) as unknown as OpenModel;

describe("the backend that serve is asked for", () => {
  test("is the predictor in this process, or the named endpoint", () => {
    expect(asked({}).kind).toBe("embedded");
    expect(asked({ endpoint: "churn" }).kind).toBe("endpoint");
    expect(asked({ backend: "serverless" }).kind).toBe("serverless");
    const digest = { manifestSha256: "ab".repeat(32) };
    for (const backend of ["embedded", "endpoint", "serverless"]) {
      expect(asked({ backend }).open(model(digest)).kind).toBe(backend);
    }
  });

  test.each<[Partial<BackendOptions>, string]>([
    [{ backend: "lambda" }, "'lambda' is none of embedded, endpoint and serverless"],
    [{ backend: "embedded", endpoint: "churn" }, "an embedded model asks no endpoint"],
  ])("is refused as %j", (options, message) => {
    expect(() => asked(options)).toThrow(message);
  });

  test("needs the digest of the model's manifest where an endpoint answers", () => {
    expect(() => asked({ backend: "endpoint" }).open(model({}))).toThrow("no digest of its manifest was recorded");
  });
});
