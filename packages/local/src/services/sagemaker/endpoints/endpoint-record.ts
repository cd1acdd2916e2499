import type { CreateEndpointConfigInput, EndpointStatus, ProductionVariant } from "@aws-sdk/client-sagemaker";

/** An endpoint configuration as it is kept. Times are epoch milliseconds. */
export interface EndpointConfigRecord {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateEndpointConfigInput;
  readonly creationTime: number;
}

/** How traffic and capacity of a variant stand. */
export interface VariantState {
  readonly name: string;
  readonly weight: number;
  readonly desiredWeight: number;
  readonly instances: number;
  readonly desiredInstances: number;
}

/** An endpoint as it is kept; its containers come and go with the process. Times are epoch milliseconds. */
export interface EndpointRecord {
  readonly name: string;
  readonly arn: string;
  /** The configuration that serves; while creating, the one that is to serve. */
  readonly configName: string;
  readonly status: EndpointStatus;
  readonly variants: readonly VariantState[];
  /** The configuration on its way, and since when. */
  readonly pending?: {
    readonly configName: string;
    readonly variants: readonly VariantState[];
    readonly startTime: number;
  };
  readonly creationTime: number;
  readonly lastModifiedTime: number;
  readonly failureReason?: string;
}

/** Variants as a configuration begins. */
export function initialVariants(config: EndpointConfigRecord): VariantState[] {
  return (config.request.ProductionVariants ?? []).map((variant) => {
    const instances = variant.InitialInstanceCount ?? (variant.ServerlessConfig === undefined ? 1 : 0);
    const weight = variant.InitialVariantWeight ?? 1;
    return { name: variantName(variant), weight, desiredWeight: weight, instances, desiredInstances: instances };
  });
}

/** A variant's name. */
export function variantName(variant: ProductionVariant): string {
  return variant.VariantName ?? "";
}
