export { type ClientConfig, type Cloud, type CloudOptions, openCloud } from "./cloud";
export { CloudError, ServiceError, StateError } from "./errors";
