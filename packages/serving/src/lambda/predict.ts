import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createApi } from "../app/api";
import { stderrLogger } from "../app/logger";
import { embeddedBackend } from "../backends/embedded";
import { ServingError } from "../errors";
import { readModelFolder } from "../files/model-folder";
import { lambdaHandler } from "../hosts/lambda";
import { definePolicy } from "../policy/policy";

/**
 * The prediction API as a Lambda function with the embedded backend. The model's archive is unpacked in `MODEL_FOLDER`
 * (`model` beside the code when not set); `MODEL_NAME`, `MODEL_VERSION` and `MODEL_DIGEST` (SHA-256 of its manifest) say
 * which one it must be. `policy.json` in that folder replaces the usual decision policy.
 */
const folder = process.env.MODEL_FOLDER ?? join(__dirname, "model");
const { contract, predictor, model } = readModelFolder(folder, {
  name: required("MODEL_NAME"),
  version: required("MODEL_VERSION"),
  manifestSha256: required("MODEL_DIGEST"),
});
const policyFile = join(folder, "policy.json");
const policy = existsSync(policyFile) ? { policy: definePolicy(JSON.parse(readFileSync(policyFile, "utf8"))) } : {};
const backend = embeddedBackend(predictor, contract);

/** Answers one event of API Gateway. */
export const handler = lambdaHandler(createApi({ backend, contract, model, ...policy, logger: stderrLogger() }));

function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new ServingError("environment_incomplete", `The variable ${name} is not set. Set it on the function.`);
}
