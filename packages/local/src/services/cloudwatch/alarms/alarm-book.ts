import { randomUUID } from "node:crypto";
import type { Collection, Store } from "../../../state/store";
import type { AlarmRecord } from "./alarm-record";
import type { AlarmChange, AlarmStates } from "./alarm-states";

export type { AlarmRecord } from "./alarm-record";

/** One line of an alarm's history. Time is epoch milliseconds. */
export interface AlarmHistoryLine {
  readonly id: string;
  readonly name: string;
  readonly kind: "MetricAlarm" | "CompositeAlarm";
  readonly time: number;
  readonly type: "ConfigurationUpdate" | "StateUpdate" | "Action";
  readonly summary: string;
  readonly data: string;
}

/** The alarms of a cloud, their history, and who listens to them. */
export interface AlarmBook extends AlarmStates {
  readonly alarms: Collection<AlarmRecord>;
  /** Gives an existing alarm a state, tells every listener of the change, and is durable when resolved. */
  change(change: AlarmChange & { readonly reasonData?: string }): Promise<void>;
  note(line: Omit<AlarmHistoryLine, "id">): Promise<void>;
  history(): AlarmHistoryLine[];
}

/** Opens the book over a state folder. */
export function openAlarmBook(store: Store): AlarmBook {
  const alarms = store.collection<AlarmRecord>("alarms");
  const history = () => store.journal<AlarmHistoryLine>("alarms/history");
  const listeners = new Set<(change: AlarmChange) => void>();
  return {
    alarms,
    stateOf: (name) => alarms.get(name)?.state,
    onChange(listener) {
      const own = (change: AlarmChange) => listener(change);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    async change({ name, from, to, reason, time, reasonData }) {
      const alarm = alarms.get(name);
      if (alarm === undefined) return;
      const { reasonData: _former, ...rest } = alarm;
      const written = alarms.put(name, {
        ...rest,
        state: to,
        reason,
        ...(reasonData !== undefined && { reasonData }),
        stateUpdated: time.getTime(),
        transitioned: from === to ? alarm.transitioned : time.getTime(),
      });
      if (from !== to) for (const listener of [...listeners]) listener({ name, from, to, reason, time });
      await written;
    },
    note: (line) => history().append({ ...line, id: randomUUID() }),
    history: () => history().read(),
  };
}
