import { join } from "node:path";
import {
  type ApiOptions,
  type Backend,
  type Capture,
  createApi,
  definePolicy,
  embeddedBackend,
  hourlyFolder,
  type LifetimeValueModel,
  openAccess,
  PortTakenError,
  type Retrain,
  type RunningServer,
  serveNode,
  servingPaths,
} from "@sagewright/serving";
import { monitoredMetrics } from "../monitor/metrics-file";
import type { OpenModel } from "./open-model";

const usualPort = 8080;

/** How the prediction API is started. */
export interface PredictionApiOptions {
  /** The state folder: keys, audit log, captures and feedback are in its `serving/`. */
  stateDir: string;
  /** The product's decision policy. @default by the model's threshold and the usual tiers */
  policy?: unknown;
  /** A model of what customers are worth, for the answers of one that predicts churn. @default answers say nothing of it */
  lifetimeValue?: OpenModel;
  /** What `POST /retrain` starts. @default there is no such route */
  retrain?: Retrain;
  /** Opens what answers for a version. @default the predictor in this process */
  backend?: (model: OpenModel) => Backend;
  /** A port, 0 for a free one. @default 8080, or a free one when that is taken */
  port?: number;
  /** Whether a key is needed. @default as soon as one has been created */
  keys?: boolean;
  /** Captures predictions. @default none is captured */
  capture?: Capture;
  /** Called when the first key is made while the API runs: from then on requests need one. */
  onKeyed?: () => void;
}

/** A running prediction API. */
export interface RunningApi {
  url: string;
  /** Whether requests need a key by now. */
  readonly keyed: boolean;
  /** Asks for one prediction as a client does; of an API with keys in this process, where none is needed. */
  ask(row: object, drivers: number): Promise<Response>;
  /** Serves another version from now on; requests under way are answered whole by the one before. */
  replace(model: OpenModel): void;
  close(): Promise<void>;
}

/**
 * Starts the prediction API over one model on loopback.
 *
 * @throws PortTakenError when a port was asked for and another program has it
 */
export async function startApi(model: OpenModel, options: PredictionApiOptions): Promise<RunningApi> {
  const folder = join(options.stateDir, "serving");
  const access = await openAccess(folder, { required: options.keys === true });
  const scoring = scoringOptions(model, options);
  const feedback = hourlyFolder(servingPaths(folder).groundTruth, { durable: true });
  const { retrain, capture } = options;
  const moreMetrics = () => monitoredMetrics(options.stateDir, model.details.group);
  const apiOf = (scored: typeof scoring) =>
    createApi({
      ...{ ...scored, ...access, feedback, moreMetrics },
      ...(capture === undefined ? {} : { capture }),
      ...(retrain === undefined ? {} : { retrain }),
    });
  const server = await listen(apiOf(scoring), options.port);
  const keyed = () => access.keys.open?.() !== true;
  const watch = keyed() ? undefined : setInterval(tellOfKeys, 500).unref();
  function tellOfKeys(): void {
    if (!keyed()) return;
    clearInterval(watch);
    options.onKeyed?.();
  }
  return {
    url: server.url,
    get keyed() {
      return keyed();
    },
    async ask(row, drivers) {
      const path = `/predict?drivers=${drivers}`;
      const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(row) };
      return keyed() ? createApi(scoring).request(path, request) : fetch(`${server.url}${path}`, request);
    },
    replace: (next) => server.replace(apiOf(scoringOptions(next, options))),
    async close() {
      clearInterval(watch);
      await server.close();
      await Promise.all([capture?.flush(), access.audit.flush()]);
    },
  };
}

function scoringOptions(
  model: OpenModel,
  { policy, lifetimeValue, backend }: PredictionApiOptions,
): Pick<ApiOptions, "backend" | "contract" | "policy" | "model" | "lifetimeValue"> {
  return {
    ...servedModel(model),
    ...(backend === undefined ? {} : { backend: backend(model) }),
    ...(policy === undefined ? {} : { policy: definePolicy(policy) }),
    ...(lifetimeValue === undefined ? {} : { lifetimeValue: servedModel(lifetimeValue) }),
  };
}

function servedModel({ details, contract, predictor, metrics }: OpenModel): LifetimeValueModel {
  return {
    backend: embeddedBackend(predictor, contract),
    contract,
    model: {
      name: details.group,
      version: String(details.version),
      estimator: predictor.estimator,
      metrics,
      ...(predictor.threshold === undefined ? {} : { threshold: predictor.threshold }),
      ...(details.manifestSha256 === undefined ? {} : { digest: details.manifestSha256 }),
      ...(details.createdAt === undefined ? {} : { trainedAt: details.createdAt.toISOString() }),
    },
  };
}

async function listen(api: ReturnType<typeof createApi>, port: number | undefined): Promise<RunningServer> {
  if (port !== undefined) return serveNode(api, { port });
  try {
    return await serveNode(api, { port: usualPort });
  } catch (error) {
    if (error instanceof PortTakenError) return serveNode(api, { port: 0 });
    throw error;
  }
}
