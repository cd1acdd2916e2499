import type { Clients } from "./clients";
import { type DelayCause, delayCause, Pace } from "./pace";
import { systemSurroundings } from "./surroundings";

/** Who is told of a wait, and what ends it. */
export interface PatienceOptions {
  readonly signal?: AbortSignal;
  readonly onDelay?: (delay: { cause: DelayCause; message: string; retryAfterMs: number }) => void;
}

/**
 * Reads something that a moment of throttling, a lost connection or expired credentials shall not spoil: it is asked for
 * again until it comes. Only for requests that change nothing, after others succeeded with the same credentials.
 *
 * @throws Whatever waiting does not help against; OperationError `execution_unreachable` after twelve failures in a row
 */
export async function patiently<T>(
  clients: Pick<Clients, "polling" | "renewCredentials">,
  read: () => Promise<T>,
  { signal, onDelay }: PatienceOptions = {},
): Promise<T> {
  const pace = new Pace(clients, systemSurroundings, { answered: true });
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      const retryAfterMs = pace.delayAfter(error);
      onDelay?.({ cause: delayCause(error) ?? "server", message: (error as Error).message, retryAfterMs });
      await pace.pause(retryAfterMs, signal);
    }
  }
}
