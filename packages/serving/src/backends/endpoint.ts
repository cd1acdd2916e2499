import type { CanonicalRow } from "@sagewright/contract";
import type { Predictor } from "@sagewright/predictor";
import { BackendUnavailableError } from "../errors";
import type { Backend } from "./backend";

/** What the endpoint backend needs. */
export interface EndpointBackendOptions {
  /** Calls the endpoint with one canonical row and gives the probability (regression: the value). */
  readonly invoke: (row: CanonicalRow) => Promise<number>;
  /** Whether the endpoint is in service. @default the API is ready as long as the process is */
  readonly ready?: () => Promise<void>;
  /** The same model's predictor, for drivers only. @default answers have no drivers */
  readonly explainer?: Predictor;
}

/** A model behind InvokeEndpoint (or anything else that answers a row with a number). */
export function endpointBackend({ invoke, ready, explainer }: EndpointBackendOptions): Backend {
  const predict = async (row: CanonicalRow): Promise<number> => {
    const value = await invoke(row).catch((cause: unknown) => {
      throw new BackendUnavailableError("The endpoint did not answer.", { cause });
    });
    if (!Number.isFinite(value))
      throw new BackendUnavailableError(`The endpoint answered ${value} instead of a number.`);
    return value;
  };
  const explain =
    explainer === undefined
      ? {}
      : { explain: async (row: CanonicalRow) => ({ ...explainer.explainRow(row), value: await predict(row) }) };
  return { kind: "endpoint", predict, ...explain, ready: ready ?? (async () => undefined) };
}
