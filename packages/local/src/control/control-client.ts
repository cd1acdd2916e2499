import { CloudError } from "../errors";
import type { FaultRecord, FaultRule } from "../faults/fault-rule";
import { collectBody, type WireHandler } from "../protocol/wire";
import type { Advanced, AdvanceOptions } from "../time/manual-clock";
import { controlPath } from "./control-api";

/** A cloud's clock from outside, wherever its owner is. */
export interface ClockControl {
  /** The cloud's time, whether it goes by the machine, the moments it waits for, and real work under way. */
  read(): Promise<{ manual: boolean; now: Date; due: Date[]; busy: string[] }>;
  /**
   * Lets time pass, with everything that becomes due on the way.
   * @throws CloudError `clock_not_manual`, `clock_waits`, `clock_backwards`
   */
  advance(ms: number, options?: AdvanceOptions): Promise<Advanced>;
}

/** A cloud's injected faults from outside. */
export interface FaultControl {
  /** @throws CloudError `fault_invalid` */
  add(rule: FaultRule): Promise<FaultRecord>;
  list(): Promise<FaultRecord[]>;
  /** @throws CloudError `fault_unknown` */
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** The control API's client, over whichever way leads to the owner of the state. */
export function controlClient(handle: WireHandler): { clock: ClockControl; faults: FaultControl } {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await handle({
      method,
      path: `${controlPath}${path}`,
      query: {},
      headers: { "content-type": "application/json" },
      body: body && Buffer.from(JSON.stringify(body)),
    });
    const text = Buffer.from(await collectBody(response.body, 64 * 1024 * 1024)).toString("utf8");
    const value = JSON.parse(text);
    if (response.status !== 200) throw new CloudError(value.code, value.message);
    return value as T;
  };
  return {
    clock: {
      async read() {
        const {
          manual,
          now,
          due = [],
          busy = [],
        } = await call<{
          manual: boolean;
          now: string;
          due?: string[];
          busy?: string[];
        }>("GET", "clock");
        return { manual, now: new Date(now), due: due.map((moment) => new Date(moment)), busy };
      },
      async advance(ms, { ignoreWork, patienceMs } = {}) {
        const { now, woken } = await call<{ now: string; woken: number }>("POST", "clock/advance", {
          seconds: ms / 1000,
          ...(ignoreWork !== undefined && { ignoreWork }),
          ...(patienceMs !== undefined && { patienceSeconds: patienceMs / 1000 }),
        });
        return { now: new Date(now), woken };
      },
    },
    faults: {
      add: async (rule) => (await call<{ fault: FaultRecord }>("POST", "faults", rule)).fault,
      list: async () => (await call<{ faults: FaultRecord[] }>("GET", "faults")).faults,
      remove: async (id) => void (await call("DELETE", `faults/${id}`)),
      clear: async () => void (await call("DELETE", "faults")),
    },
  };
}
