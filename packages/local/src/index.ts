export { type ClientConfig, type Cloud, type CloudOptions, openCloud } from "./cloud";
export { CloudError, ServiceError, StateError } from "./errors";
export type { Listener, ListenOptions } from "./listen";
export type { Quarantined } from "./state/quarantine";
export { inspectState } from "./state/inspect";
