import { randomBytes } from "node:crypto";
import { type ApiOptions, createApi } from "../app/api";
import type { LifetimeValueModel } from "../app/lifetime-value";
import { stderrLogger } from "../app/logger";
import type { Retrain } from "../app/retrain";
import { lineAuditLog } from "../audit/line-log";
import { embeddedBackend } from "../backends/embedded";
import { Capture } from "../capture/capture";
import { type FirehosePuts, firehoseSink } from "../capture/firehose-sink";
import { type GatewayEvent, type GatewayResult, lambdaHandler } from "../hosts/lambda";
import { readKeys } from "../keys/read-keys";
import { type CarriedModel, carriedValueModel, shareOf } from "./environment";

/**
 * The handler of a function that carries a model: with the lifetime-value model beside it, captures, retraining and audit
 * lines, as its variables say. Clients of AWS are loaded when they are first needed, which keeps the first answer quick.
 */
export function functionHandler(
  { digest: _, ...about }: CarriedModel,
  backend: ApiOptions["backend"],
): (event: GatewayEvent) => Promise<GatewayResult> {
  const logger = stderrLogger();
  const capture = captureOf((lost, cause) => logger.error({ lost, cause: String(cause) }, "captures lost"));
  const retrain = retrainOf();
  const lifetimeValue = valueModel();
  const app = createApi({
    ...{ ...about, backend, logger, audit: lineAuditLog((line) => process.stdout.write(line)) },
    ...(capture === undefined ? {} : { capture }),
    // What trains again is nobody's without a key that an authorizer has checked.
    ...(retrain === undefined ? {} : { retrain, keys: readKeys('{"format":1,"keys":[]}', randomBytes(32)) }),
    ...(lifetimeValue === undefined ? {} : { lifetimeValue }),
  });
  return lambdaHandler(app, capture === undefined ? {} : { settle: () => capture.flush() });
}

function valueModel(): LifetimeValueModel | undefined {
  const found = carriedValueModel();
  if (found === undefined) return undefined;
  const { contract, predictor, model } = found;
  return { backend: embeddedBackend(predictor, contract), contract, model };
}

function captureOf(onLost: (lost: number, cause: unknown) => void): Capture | undefined {
  const { CAPTURE_STREAM: stream } = process.env;
  if (stream === undefined || stream === "") return undefined;
  let opened: FirehosePuts | undefined;
  const client: FirehosePuts = {
    async putRecordBatch(input) {
      opened ??= (require("./firehose") as typeof import("./firehose")).openFirehose();
      return opened.putRecordBatch(input);
    },
  };
  return new Capture({ sink: firehoseSink({ client, stream, attempts: 2 }), share: shareOf("CAPTURE_SHARE"), onLost });
}

function retrainOf(): Retrain | undefined {
  const { RETRAIN_FUNCTION: functionName } = process.env;
  if (functionName === undefined || functionName === "") return undefined;
  let opened: Retrain | undefined;
  return async (request) => {
    opened ??= (require("./function-retrain") as typeof import("./function-retrain")).functionRetrain({ functionName });
    return opened(request);
  };
}
