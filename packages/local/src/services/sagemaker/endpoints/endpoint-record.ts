import type {
  CreateEndpointConfigInput,
  DataCaptureConfig,
  DeploymentConfig,
  EndpointStatus,
  ProductionVariant,
  ProductionVariantServerlessConfig,
} from "@aws-sdk/client-sagemaker";
import type { ServedContainer } from "../models/model-record";
import type { Deployment } from "./deployment/deployment";

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
  readonly instanceType?: string;
  /** Of a serverless variant, which has no instances. */
  readonly serverless?: ProductionVariantServerlessConfig;
  readonly desiredServerless?: ProductionVariantServerlessConfig;
}

/** What an endpoint serves: a configuration with what was changed of it since. */
export interface Hosted {
  readonly configName: string;
  readonly variants: readonly VariantState[];
  /** Variants that get copies of the requests; nobody sees their answers. */
  readonly shadows?: readonly VariantState[];
  readonly capture?: DataCaptureConfig;
  /** What each variant runs: an endpoint serves on when its model or its configuration is deleted. */
  readonly served: Readonly<Record<string, ServedContainer>>;
}

/** An endpoint as it is kept; its containers come and go with the process. Times are epoch milliseconds. */
export interface EndpointRecord extends Hosted {
  readonly name: string;
  readonly arn: string;
  readonly status: EndpointStatus;
  /** What is on its way while the endpoint is created or updated. */
  readonly pending?: Hosted & { readonly startTime: number };
  /** How far that has come. */
  readonly deployment?: Deployment;
  readonly lastDeploymentConfig?: DeploymentConfig;
  readonly creationTime: number;
  readonly lastModifiedTime: number;
  readonly failureReason?: string;
}

/** Variants as a configuration begins with them. */
export function initialVariants(variants: readonly ProductionVariant[]): VariantState[] {
  return variants.map((variant) => {
    const serverless = variant.ServerlessConfig;
    const instances = serverless === undefined ? (variant.InitialInstanceCount ?? 1) : 0;
    const weight = variant.InitialVariantWeight ?? 1;
    return {
      name: variantName(variant),
      weight,
      desiredWeight: weight,
      instances,
      desiredInstances: instances,
      ...(variant.InstanceType === undefined ? {} : { instanceType: variant.InstanceType }),
      ...(serverless === undefined ? {} : { serverless, desiredServerless: serverless }),
    };
  });
}

/** A variant's name. */
export function variantName(variant: ProductionVariant): string {
  return variant.VariantName ?? "";
}
