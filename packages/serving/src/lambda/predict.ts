import { embeddedBackend } from "../backends/embedded";
import { carriedModel } from "./environment";
import { functionHandler } from "./function";

const carried = carriedModel();

/** The prediction API as a Lambda function that scores in its own process. Answers one event of API Gateway. */
export const handler = functionHandler(carried, embeddedBackend(carried.predictor, carried.contract));
