/**
 * Whether AWS says that the thing asked for does not exist.
 *
 * SageMaker has two ways to say it: ResourceNotFound for newer resources, and ValidationException with a text for the others.
 */
export function isNotFound(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ResourceNotFound" || error.name === "ResourceNotFoundException") return true;
  return (
    error.name === "ValidationException" &&
    /Could not find|does not exist|Requested resource not found|Cannot find/.test(error.message)
  );
}

/** Whether AWS says that a thing of that name is there already. */
export function isAlreadyThere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name !== "ValidationException" && error.name !== "ResourceInUse") return false;
  return /Cannot create already existing|already exists/.test(error.message);
}
