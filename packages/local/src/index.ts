export { type ClientConfig, type Cloud, type CloudOptions, openCloud } from "./cloud";
export { CloudError, ServiceError, StateError } from "./errors";
export { type Environment, type EnvironmentOptions, ensureEnvironment, findEnvironment } from "./jobs/environment";
export { type Extra, type ExtraOptions, ensureExtra } from "./jobs/extras";
export type { Listener, ListenOptions } from "./listen";
export { inspectState } from "./state/inspect";
export type { Quarantined } from "./state/quarantine";
