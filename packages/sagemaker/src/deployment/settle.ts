import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { Pace } from "../pace";
import type { Surroundings } from "../surroundings";
import { describeEndpoint } from "./current";

/** While an endpoint is in one of these, something goes on that ends by itself. */
const UNDER_WAY: ReadonlySet<string> = new Set(["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"]);

/** How an endpoint is waited for. */
export interface SettleOptions {
  readonly endpoint: string;
  /** Called at every status the endpoint passes through. */
  readonly onStatus?: (status: string) => void;
  /** Called at every stage of an update, in AWS's words: "Baking for 600 seconds …". */
  readonly onStage?: (stage: string) => void;
  /** Done before every wait, with the status. @default nothing */
  readonly beforeWait?: (status: string) => Promise<void>;
  readonly signal?: AbortSignal;
  /** @default 3,600 seconds, what an endpoint may take on AWS */
  readonly timeoutSeconds?: number;
}

/**
 * Waits until nothing is under way on an endpoint.
 *
 * @returns undefined when there is no such endpoint
 * @throws OperationError `wait_timeout`
 */
export async function settled(
  clients: Pick<Clients, "sagemaker" | "polling" | "renewCredentials">,
  { endpoint, onStatus, onStage, beforeWait, signal, timeoutSeconds = 3_600 }: SettleOptions,
  surroundings: Surroundings,
): Promise<DescribeEndpointOutput | undefined> {
  const started = surroundings.now();
  const pace = new Pace(clients, surroundings, { answered: true });
  let shown: { status?: string; stage?: string } = {};
  for (;;) {
    let found: DescribeEndpointOutput | undefined;
    try {
      found = await describeEndpoint(clients, endpoint);
    } catch (error) {
      await pace.afterFailure(error, signal);
      continue;
    }
    if (found === undefined) return undefined;
    const status = found.EndpointStatus ?? "";
    const stage = stageOf(found);
    const changed = status !== shown.status || stage !== shown.stage;
    if (status !== shown.status) onStatus?.(status);
    if (stage !== undefined && stage !== shown.stage) onStage?.(stage);
    shown = { status, ...(stage === undefined ? {} : { stage }) };
    if (!UNDER_WAY.has(status)) return found;
    if (surroundings.now() - started > timeoutSeconds * 1_000) throw timedOut(endpoint, timeoutSeconds, status);
    await beforeWait?.(status);
    await pace.next(changed, signal);
  }
}

/** What an update is doing now, of the new fleet first. */
export function stageOf({
  PendingDeploymentSummary: pending,
  ProductionVariants,
}: DescribeEndpointOutput): string | undefined {
  const statuses = [...(pending?.ProductionVariants ?? []), ...(ProductionVariants ?? [])].flatMap(
    ({ VariantStatus }) => VariantStatus ?? [],
  );
  return statuses.find(({ StatusMessage }) => StatusMessage !== undefined)?.StatusMessage;
}

function timedOut(endpoint: string, seconds: number, status: string): OperationError {
  return new OperationError("wait_timeout", `Endpoint ${endpoint} is still ${status} after ${seconds} seconds.`, {
    facts: { endpoint, seconds, status },
  });
}
