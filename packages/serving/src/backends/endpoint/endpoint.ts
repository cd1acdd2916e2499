import type { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { type CanonicalRow, type Contract, exampleRow, parseRow } from "@sagewright/contract";
import { type Explanation, type Predictor, PredictorInputError } from "@sagewright/predictor";
import type { Backend } from "../backend";
import { refuseMismatch } from "../same-model";
import { callEndpoint } from "./call-endpoint";
import { EndpointFailure, unavailable } from "./failure";
import { type CallProfile, REAL_TIME, SERVERLESS } from "./profile";
import { Retries, type RetryTiming } from "./retry";
import { RowQueue, type SendRows } from "./row-queue";

/** A model behind a SageMaker endpoint, and the files of that same model. */
export interface EndpointBackendOptions {
  /** Give it `maxAttempts: 1`: what is safe to repeat is repeated here. */
  readonly client: Pick<SageMakerRuntimeClient, "send">;
  /** The endpoint's name. */
  readonly endpoint: string;
  /** The model's predictor: it transforms rows and explains predictions. */
  readonly predictor: Predictor;
  readonly contract: Contract;
  /** SHA-256 of the model's `manifest.json`. An endpoint with another model refuses every row. */
  readonly digest: string;
  /** Changes how calls are made. @default {@link REAL_TIME}, or {@link SERVERLESS} */
  readonly calls?: Partial<CallProfile>;
  /**
   * Is told when rows could not be answered because another model is behind the endpoint: the SHA-256 of its manifest. While
   * traffic shifts between two versions a repetition meets the right one, and nobody is told.
   */
  readonly onOtherModel?: (digest: string) => void;
  /** @default the system's */
  readonly timing?: Partial<RetryTiming>;
}

/**
 * A model behind a real-time endpoint. Rows are transformed here and the endpoint applies the estimator alone; rows that
 * are asked for together share a call. Drivers come from the predictor.
 *
 * @throws ModelMismatchError when predictor and contract do not belong together.
 */
export function endpointBackend(options: EndpointBackendOptions): Backend {
  return remoteBackend("endpoint", { ...REAL_TIME, ...options.calls }, options);
}

/**
 * A model behind a serverless endpoint: as {@link endpointBackend}, but patient with cold starts, careful with
 * concurrency, and without a check of health that would start a container.
 *
 * @throws ModelMismatchError when predictor and contract do not belong together.
 */
export function serverlessBackend(options: EndpointBackendOptions): Backend {
  return remoteBackend("serverless", { ...SERVERLESS, ...options.calls }, options);
}

/** Rows of a streamed batch under way: a few calls' worth, however long the batch is. */
const ROWS_AT_ONCE = 1_024;

const systemTiming: RetryTiming = {
  monotonicMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

function remoteBackend(
  kind: "endpoint" | "serverless",
  profile: CallProfile,
  { client, endpoint, predictor, contract, digest, onOtherModel, timing }: EndpointBackendOptions,
): Backend {
  refuseMismatch(predictor, contract);
  const { monotonicMs, ...rest } = { ...systemTiming, ...timing };
  const width = predictor.features.length;
  const retries = new Retries(profile, { monotonicMs, ...rest }, (failed) => {
    if (failed.kind === "throttled") queue.throttled();
  });
  let answeredAt = Number.NEGATIVE_INFINITY;
  const send: SendRows = async (features, rows, deadline) => {
    const timeoutMs = Math.max(1, Math.min(profile.callTimeoutMs, deadline - monotonicMs()));
    const values = await callEndpoint({ client, endpoint, digest }, features, { rows, timeoutMs });
    answeredAt = monotonicMs();
    return values;
  };
  const queue = new RowQueue({
    ...{ profile, width, monotonicMs },
    send: (features, rows, deadline) =>
      retries
        .run(async () => send(features, rows, deadline), deadline)
        .catch((error: unknown) => {
          const answering = error instanceof EndpointFailure ? error.answering : undefined;
          if (answering !== undefined) onOtherModel?.(answering);
          throw error;
        }),
  });

  const predict = async (row: CanonicalRow): Promise<number> => {
    const features = predictor.transformRow(row);
    refuseUnimputed(predictor, features);
    try {
      return await queue.add(features);
    } catch (error) {
      throw error instanceof EndpointFailure ? unavailable(error) : error;
    }
  };

  return {
    kind,
    predict,
    rowsAtOnce: ROWS_AT_ONCE,
    async explain(row): Promise<Explanation> {
      const value = await predict(row);
      return { ...predictor.explainRow(row), value };
    },
    async ready() {
      if (monotonicMs() - answeredAt <= profile.readyForMs) return;
      await predict(parseRow(contract, exampleRow(contract)));
    },
  };
}

/** An endpoint takes finite numbers only; the predictor itself can leave a missing value to trees that learnt from such. */
function refuseUnimputed(predictor: Predictor, features: Float64Array): void {
  const place = features.findIndex((value) => !Number.isFinite(value));
  if (place < 0) return;
  const column = predictor.features[place]?.column ?? "";
  throw new PredictorInputError(column, "is missing and the model has no value to impute");
}
