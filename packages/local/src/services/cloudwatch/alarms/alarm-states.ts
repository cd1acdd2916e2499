/** A state of an alarm. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** A change of an alarm's state. */
export interface AlarmChange {
  readonly name: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  readonly time: Date;
}

/** What other rooms may know of alarms: a deployment that rolls back on one, a policy that scales on one. */
export interface AlarmStates {
  /** Undefined when there is no alarm of that name. */
  stateOf(name: string): AlarmState | undefined;
  /**
   * Hears of every change of state, after the alarm has it and before its actions are done.
   * @returns a function that ends the subscription
   */
  onChange(listener: (change: AlarmChange) => void): () => void;
}
