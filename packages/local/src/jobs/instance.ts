import { availableParallelism } from "node:os";

/**
 * Processors of an instance type, by its size: `large` has 2, `xlarge` 4, `4xlarge` 16.
 * @returns 2 for a size that is not known
 */
function instanceCpus(instanceType: string): number {
  const size = instanceType.split(".").pop() ?? "";
  if (size === "medium") return 1;
  const times = /^(\d*)xlarge$/.exec(size);
  return times ? 4 * Number(times[1] || "1") : 2;
}

/** What a container is told: its instance's processors, or this machine's where it has fewer. */
export const containerCpus = (instanceType: string, machine: number = availableParallelism()): number =>
  Math.min(instanceCpus(instanceType), machine);
