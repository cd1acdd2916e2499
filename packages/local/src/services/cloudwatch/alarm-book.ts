import type { Store } from "../../state/store";
import type { AlarmChange, AlarmState, AlarmStates } from "./alarm-states";

/** What is kept of an alarm beside its definition. Times are epoch milliseconds. */
export interface AlarmRecord {
  readonly name: string;
  readonly state: AlarmState;
}

/** The alarms of a cloud and who listens to them. */
export interface AlarmBook extends AlarmStates {
  readonly alarms: ReturnType<typeof alarmsOf>;
  /** Gives an existing alarm a state and tells every listener of the change. */
  change(change: AlarmChange): Promise<void>;
}

const alarmsOf = (store: Store) => store.collection<AlarmRecord>("alarms");

/** Opens the book over a state folder. */
export function openAlarmBook(store: Store): AlarmBook {
  const alarms = alarmsOf(store);
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
    async change(change) {
      const alarm = alarms.get(change.name);
      if (alarm === undefined) return;
      const written = alarms.put(change.name, { ...alarm, state: change.to });
      for (const listener of [...listeners]) listener(change);
      await written;
    },
  };
}
