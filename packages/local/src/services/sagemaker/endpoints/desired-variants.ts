import type { DesiredWeightAndCapacity, ProductionVariantServerlessConfig } from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { EndpointRecord, VariantState } from "./endpoint-record";
import { checkServerless } from "./serverless-config";

/**
 * The variants of an endpoint with what UpdateEndpointWeightsAndCapacities asks for as desired.
 *
 * @throws ServiceError ValidationException
 */
export function desiredVariants(endpoint: EndpointRecord, wishes: readonly DesiredWeightAndCapacity[]): VariantState[] {
  const unknown = wishes.filter(({ VariantName }) => !endpoint.variants.some(({ name }) => name === VariantName));
  if (unknown.length > 0) {
    const names = unknown.map(({ VariantName }) => VariantName).join(", ");
    throw validationException(
      `The variant name(s) "${names}" is/are not present within endpoint configuration "${endpoint.configName}".`,
    );
  }
  return endpoint.variants.map((variant) => {
    const wish = wishes.find(({ VariantName }) => VariantName === variant.name);
    return wish === undefined ? variant : desired(variant, wish);
  });
}

function desired(variant: VariantState, wish: DesiredWeightAndCapacity): VariantState {
  const { name, serverless } = variant;
  if (wish.DesiredInstanceCount === 0) {
    throw validationException(
      `DesiredInstanceCount of variant ${name} is 0. Only variants that host inference components scale to 0; give at least 1.`,
    );
  }
  if (serverless !== undefined && wish.DesiredInstanceCount !== undefined) {
    throw validationException(
      `Variant ${name} is serverless and has no instances. Give ServerlessUpdateConfig instead of DesiredInstanceCount.`,
    );
  }
  if (serverless === undefined && wish.ServerlessUpdateConfig !== undefined) {
    throw validationException(
      `Variant ${name} is not serverless. Give DesiredInstanceCount instead of ServerlessUpdateConfig.`,
    );
  }
  const { MaxConcurrency, ProvisionedConcurrency } = wish.ServerlessUpdateConfig ?? {};
  const desiredServerless: ProductionVariantServerlessConfig | undefined = serverless && {
    ...serverless,
    MaxConcurrency: MaxConcurrency ?? serverless.MaxConcurrency,
    ...(ProvisionedConcurrency === undefined ? {} : { ProvisionedConcurrency }),
  };
  if (desiredServerless !== undefined) checkServerless(name, desiredServerless);
  return {
    ...variant,
    desiredWeight: wish.DesiredWeight ?? variant.desiredWeight,
    desiredInstances: wish.DesiredInstanceCount ?? variant.desiredInstances,
    ...(desiredServerless === undefined ? {} : { desiredServerless }),
  };
}
