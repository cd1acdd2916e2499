import type {
  CreateEndpointConfigInput,
  ProductionVariant,
  ProductionVariantServerlessConfig,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { ModelRecord } from "../models/model-record";

const MEMORY_SIZES = [1024, 2048, 3072, 4096, 5120, 6144];

/**
 * Refuses a serverless configuration that AWS does not know. Ranges of single members are the service model's.
 *
 * @throws ServiceError ValidationException
 */
export function checkServerless(variant: string, config: ProductionVariantServerlessConfig): void {
  const { MemorySizeInMB = 0, MaxConcurrency = 0, ProvisionedConcurrency } = config;
  if (!MEMORY_SIZES.includes(MemorySizeInMB)) {
    throw validationException(
      `MemorySizeInMB of variant ${variant} is ${MemorySizeInMB}. It must be one of ${MEMORY_SIZES.join(", ")}.`,
    );
  }
  if (ProvisionedConcurrency !== undefined && ProvisionedConcurrency > MaxConcurrency) {
    throw validationException(
      `ProvisionedConcurrency of variant ${variant} (${ProvisionedConcurrency}) must be less than or equal to MaxConcurrency (${MaxConcurrency}).`,
    );
  }
}

/**
 * Refuses what serverless endpoints do not support, after AWS's list: data capture, several variants, a VPC, network
 * isolation, and everything that is about instances.
 *
 * @throws ServiceError ValidationException
 */
export function checkServerlessVariant(
  request: CreateEndpointConfigInput,
  variant: ProductionVariant,
  model: ModelRecord,
): void {
  const { VariantName = "", ServerlessConfig } = variant;
  if (ServerlessConfig === undefined) return;
  checkServerless(VariantName, ServerlessConfig);
  const asked = {
    InstanceType: variant.InstanceType !== undefined,
    InitialInstanceCount: variant.InitialInstanceCount !== undefined,
    "more than one production variant": (request.ProductionVariants ?? []).length > 1,
    DataCaptureConfig: request.DataCaptureConfig !== undefined && request.DataCaptureConfig.EnableCapture !== false,
    VpcConfig: request.VpcConfig !== undefined || model.request.VpcConfig !== undefined,
    EnableNetworkIsolation: request.EnableNetworkIsolation === true || model.request.EnableNetworkIsolation === true,
  };
  for (const [what, given] of Object.entries(asked)) {
    if (given) {
      throw validationException(
        `Variant ${VariantName} is serverless, and serverless endpoints do not support ${what}.`,
      );
    }
  }
}
