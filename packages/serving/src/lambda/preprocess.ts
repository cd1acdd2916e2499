import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { endpointBackend, serverlessBackend } from "../backends/endpoint/endpoint";
import { ServingError } from "../errors";
import { carriedModel, required } from "./environment";
import { functionHandler } from "./function";

const carried = carriedModel();
const { contract, predictor, digest } = carried;
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });
const backend = openBackend()({
  client,
  endpoint: required("ENDPOINT_NAME"),
  predictor,
  contract,
  digest,
  calls: calls(),
});

/**
 * The preprocessing function: the same prediction API, with the estimator behind the endpoint `ENDPOINT_NAME`. `BACKEND` says
 * which kind of endpoint that is (`endpoint`, the default, or `serverless`), and `MAX_CONCURRENCY` how many calls one
 * instance of the function makes at once. Answers one event of API Gateway.
 */
export const handler = functionHandler(carried, backend);

function openBackend() {
  const { BACKEND } = process.env;
  if (BACKEND === undefined || BACKEND === "" || BACKEND === "endpoint") return endpointBackend;
  if (BACKEND === "serverless") return serverlessBackend;
  throw new ServingError(
    "environment_invalid",
    `The variable BACKEND is '${BACKEND}', neither endpoint nor serverless. Set one of them.`,
  );
}

function calls() {
  const { MAX_CONCURRENCY } = process.env;
  if (MAX_CONCURRENCY === undefined || MAX_CONCURRENCY === "") return {};
  const concurrency = Number(MAX_CONCURRENCY);
  if (Number.isInteger(concurrency) && concurrency >= 1) return { concurrency };
  const message = `The variable MAX_CONCURRENCY is '${MAX_CONCURRENCY}', not a whole number from 1. Set one.`;
  throw new ServingError("environment_invalid", message);
}
