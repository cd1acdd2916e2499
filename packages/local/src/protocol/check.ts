import { checkRequest } from "@sagewright/pipeline";
import { ServiceError } from "../errors";
import type { ServiceName } from "../invoke";
import { serviceModel } from "./client-modules";
import { inputShape, requiredMembers } from "./model";
import { refuseViolations } from "./validate";

/**
 * Refuses an input that breaks AWS's published service model: SageMaker's with the whole constraint table, the other
 * services' with the members they require.
 *
 * @throws ServiceError ValidationException in the services' grammar
 */
export function checkAgainstModel(service: ServiceName, operation: string, input: object): void {
  if (service === "sagemaker") {
    refuseViolations(checkRequest(operation, input).map((found) => ({ ...found, path: servicePath(found.path) })));
    return;
  }
  const schema = serviceModel(service).operation(operation);
  const missing = schema ? requiredMembers(inputShape(schema)).filter((name) => !(name in input)) : [];
  if (missing.length === 0) return;
  if (service === "monitoring" || service === "sns") {
    const code = service === "sns" ? "InvalidParameterException" : "MissingRequiredParameterException";
    throw new ServiceError(code, `The parameter ${missing.join(", ")} is required.`);
  }
  if (service === "s3") throw new ServiceError("InvalidRequest", `Missing required member: ${missing.join(", ")}.`);
  refuseViolations(
    missing.map((name) => ({ path: servicePath(name), constraint: "Member must not be null", value: undefined })),
  );
}

/** `ProductionVariants[0].ModelName` in the services' own writing: `productionVariants.1.member.modelName`. */
function servicePath(path: string): string {
  return path
    .replace(/\['([^']*)'\]/g, ".$1")
    .replace(/\[(\d+)\]/g, (_all, index: string) => `.${Number(index) + 1}.member`)
    .split(".")
    .map((part) => part.charAt(0).toLowerCase() + part.slice(1))
    .join(".");
}
