import type { RoomDeps } from "../../../room";

/** Why a job fails whose instances cannot be had. */
export const noCapacity =
  "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.";

const askEveryMs = 60_000;

/**
 * Whether the instances of a job come within a time; asks again every minute.
 *
 * @param operation that made the job
 * @param until epoch milliseconds of the last question; undefined asks once
 * @param signal ends the wait: the answer is then that they came, and the job sees for itself
 */
export async function instancesCome(
  { faults, clock }: Pick<RoomDeps, "faults" | "clock">,
  operation: string,
  { instanceType, spot = false, until = 0 }: { instanceType: string | undefined; spot?: boolean; until?: number },
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted && faults.lacksCapacity(operation, instanceType, spot)) {
    const left = until - clock.now().getTime();
    if (left <= 0) return false;
    await clock.sleep(Math.min(left, askEveryMs), signal);
  }
  return true;
}
