import { randomUUID } from "node:crypto";
import type { Store } from "../state/store";
import type { Fault, FaultRecord, FaultRule } from "./fault-rule";

/** What rooms ask before they do something that a fault may hit. */
export interface Faults {
  /**
   * Whether the instances that an operation needs cannot be had.
   * @param operation that asked for them: `CreateTrainingJob`, `UpdateEndpoint`
   * @param spot whether they may be spot instances. @default false
   */
  lacksCapacity(operation: string, instanceType: string | undefined, spot?: boolean): boolean;
  /** Seconds of training after which a spot instance is taken back; undefined when it is not. */
  spotInterruption(operation: string): number | undefined;
}

/** The injected faults of a cloud. */
export interface FaultBook extends Faults {
  /** The fault, if any, that hits a request. */
  hit(service: string, operation: string): Fault | undefined;
  add(rule: FaultRule): Promise<FaultRecord>;
  list(): FaultRecord[];
  /** @returns whether there was such a rule */
  remove(id: string): Promise<boolean>;
  clear(): Promise<void>;
}

const inRooms: readonly Fault["kind"][] = ["capacity", "spotInterruption"];

/** Opens the faults of a state folder: they outlive the process, as what they hit does. */
export function openFaultBook(store: Store): FaultBook {
  const records = store.collection<FaultRecord>("faults");
  const draw = (matches: (rule: FaultRecord) => boolean): Fault | undefined => {
    for (const rule of records.values()) {
      if (!matches(rule)) continue;
      const hits =
        rule.seen >= (rule.skip ?? 0) &&
        rule.made < (rule.count ?? Number.POSITIVE_INFINITY) &&
        chance(rule.seed ?? 1, rule.seen) < (rule.probability ?? 1);
      // A count that a crash loses makes a fault come once more; nobody is told otherwise.
      records.put(rule.id, { ...rule, seen: rule.seen + 1, made: rule.made + (hits ? 1 : 0) }).catch(() => undefined);
      if (hits) return rule.fault;
    }
    return undefined;
  };
  const asked = (rule: FaultRecord, service: string, operation: string) =>
    (rule.service === undefined || rule.service === service) && fits(rule.operation, operation);
  return {
    hit: (service, operation) =>
      records.values().length === 0
        ? undefined
        : draw((rule) => !inRooms.includes(rule.fault.kind) && asked(rule, service, operation)),
    lacksCapacity: (operation, instanceType, spot = false) =>
      draw(
        (rule) =>
          rule.fault.kind === "capacity" &&
          asked(rule, "sagemaker", operation) &&
          (rule.fault.instanceType === undefined || rule.fault.instanceType === instanceType) &&
          (rule.fault.spot === undefined || rule.fault.spot === spot),
      ) !== undefined,
    spotInterruption(operation) {
      const fault = draw((rule) => rule.fault.kind === "spotInterruption" && asked(rule, "sagemaker", operation));
      return fault?.kind === "spotInterruption" ? fault.afterSeconds : undefined;
    },
    async add(rule) {
      const record = { ...rule, id: randomUUID(), seen: 0, made: 0 };
      await records.put(record.id, record);
      return record;
    },
    list: () => records.values(),
    async remove(id) {
      const known = records.has(id);
      if (known) await records.delete(id);
      return known;
    },
    async clear() {
      await Promise.all(records.values().map(({ id }) => records.delete(id)));
    },
  };
}

function fits(pattern: string | undefined, operation: string): boolean {
  if (pattern === undefined || pattern === "*") return true;
  if (!pattern.includes("*")) return pattern === operation;
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(operation);
}

/** A number in [0, 1) that depends on seed and position alone (mulberry32). */
function chance(seed: number, position: number): number {
  let state = (seed + Math.imul(position + 1, 0x6d2b79f5)) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4294967296;
}
