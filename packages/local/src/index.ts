export { CloudError, ServiceError, StateError } from "./errors";
