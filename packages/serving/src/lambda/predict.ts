import { tmpdir } from "node:os";
import { join } from "node:path";
import { stderrLogger } from "../app/logger";
import { embeddedBackend } from "../backends/embedded";
import { readModelFolder } from "../files/model-folder";
import { type CarriedModel, carriedModel, carriedPolicy } from "./environment";
import { functionHandler } from "./function";
import { type FunctionHandler, pointedHandler } from "./pointed-model";

/**
 * The prediction API as a Lambda function that scores in its own process. Answers one event of API Gateway. The model is the one
 * it carries, or the one that the object `MODEL_POINTER` (`s3://bucket/key`) names, which `sagewright deploy` and `sagewright
 * rollback` write.
 */
export const handler: FunctionHandler = open();

function open(): FunctionHandler {
  const { MODEL_POINTER: pointer } = process.env;
  if (pointer === undefined || pointer === "") return scoring(carriedModel());
  const { openObjects } = require("./objects") as typeof import("./objects");
  const logger = stderrLogger();
  return pointedHandler({
    pointer,
    read: openObjects(),
    folder: join(tmpdir(), "models"),
    load: (folder, named) => ({ ...carriedPolicy(), ...readModelFolder(folder, named), digest: named.manifestSha256 }),
    handlerOf: scoring,
    onProblem: (problem) =>
      logger.error({ problem: String(problem) }, "the model that the pointer names was not taken"),
  });
}

function scoring(model: CarriedModel): FunctionHandler {
  return functionHandler(model, embeddedBackend(model.predictor, model.contract));
}
