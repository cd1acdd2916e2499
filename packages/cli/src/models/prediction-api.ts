import {
  createApi,
  type DecisionPolicy,
  definePolicy,
  embeddedBackend,
  PortTakenError,
  type RunningServer,
  serveNode,
} from "@sagewright/serving";
import type { OpenModel } from "./open-model";

const usualPort = 8080;

/**
 * Starts the prediction API over one model on loopback.
 *
 * @param port - a port, 0 for a free one. @default 8080, or a free one when that is taken
 * @throws PortTakenError when a port was asked for and another program has it
 */
export async function startApi(
  { details, contract, predictor, metrics }: OpenModel,
  { policy, port }: { policy?: unknown; port?: number },
): Promise<RunningServer> {
  const decisions: { policy?: DecisionPolicy } = policy === undefined ? {} : { policy: definePolicy(policy) };
  const app = createApi({
    backend: embeddedBackend(predictor, contract),
    contract,
    ...decisions,
    model: {
      name: details.group,
      version: String(details.version),
      estimator: predictor.estimator,
      metrics,
      ...(predictor.threshold === undefined ? {} : { threshold: predictor.threshold }),
      ...(details.manifestSha256 === undefined ? {} : { digest: details.manifestSha256 }),
      ...(details.createdAt === undefined ? {} : { trainedAt: details.createdAt.toISOString() }),
    },
  });
  if (port !== undefined) return serveNode(app, { port });
  try {
    return await serveNode(app, { port: usualPort });
  } catch (error) {
    if (error instanceof PortTakenError) return serveNode(app, { port: 0 });
    throw error;
  }
}
