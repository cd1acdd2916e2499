import { createApi } from "../app/api";
import { stderrLogger } from "../app/logger";
import { embeddedBackend } from "../backends/embedded";
import { lambdaHandler } from "../hosts/lambda";
import { carriedModel } from "./environment";

const { contract, predictor, digest: _, ...about } = carriedModel();
const backend = embeddedBackend(predictor, contract);

/** The prediction API as a Lambda function that scores in its own process. Answers one event of API Gateway. */
export const handler = lambdaHandler(createApi({ ...about, backend, contract, logger: stderrLogger() }));
