import { ServiceError } from "../../errors";

/** How the service says that a request's value will not do. */
export const invalidParameter = (message: string, cause?: unknown): ServiceError =>
  new ServiceError("InvalidParameterValueException", message, cause === undefined ? {} : { cause });

/** How the service says that there is no such thing. */
export const notFound = (message = "The resource you requested does not exist."): ServiceError =>
  new ServiceError("ResourceNotFoundException", message, { status: 404 });

/** How the service says that something else stands in the way. */
export const conflict = (message: string): ServiceError =>
  new ServiceError("ResourceConflictException", message, { status: 409 });
