import type { DataCaptureConfig } from "@aws-sdk/client-sagemaker";
import type { RoomDeps } from "../../../room";
import type { ServedContainer } from "../models/model-record";
import { modelsOf } from "../models/models-room";
import { endpointConfigsOf } from "./endpoint-configs-room";
import {
  type EndpointConfigRecord,
  type Hosted,
  initialVariants,
  type VariantState,
  variantName,
} from "./endpoint-record";

/** What a configuration makes of an endpoint, as long as nothing of it is changed. */
export function hostedFrom(deps: Pick<RoomDeps, "store">, config: EndpointConfigRecord): Hosted {
  const { ProductionVariants = [], ShadowProductionVariants = [], DataCaptureConfig: capture } = config.request;
  return {
    configName: config.name,
    variants: initialVariants(ProductionVariants),
    ...(ShadowProductionVariants.length === 0 ? {} : { shadows: initialVariants(ShadowProductionVariants) }),
    served: servedBy(deps, config),
    ...(capture === undefined ? {} : { capture }),
  };
}

/** Every variant that has containers. */
export const everyVariant = ({ variants, shadows = [] }: Hosted): VariantState[] => [...variants, ...shadows];

/** Which properties of the running variants an update keeps. */
export interface Retention {
  readonly weights: boolean;
  readonly instances: boolean;
  readonly capture: boolean;
}

/** What an update makes of an endpoint that keeps some of its properties; variants that are new to it keep nothing. */
export function retaining(fresh: Hosted, former: Hosted, keep: Retention): Hosted {
  const variants = fresh.variants.map((variant) => {
    const known = former.variants.find(({ name }) => name === variant.name);
    if (known === undefined) return variant;
    const instanced = variant.serverless === undefined && known.serverless === undefined;
    const { desiredWeight: weight, desiredInstances: instances } = known;
    return {
      ...variant,
      ...(keep.weights ? { weight, desiredWeight: weight } : {}),
      ...(keep.instances && instanced ? { instances, desiredInstances: instances } : {}),
    };
  });
  const { capture: freshCapture, ...rest } = fresh;
  const capture: DataCaptureConfig | undefined = keep.capture ? former.capture : freshCapture;
  return { ...rest, variants, ...(capture === undefined ? {} : { capture }) };
}

/** The containers of an endpoint; those of a record that older versions wrote are looked up. */
export function servedOf(deps: Pick<RoomDeps, "store">, hosted: Hosted): Hosted["served"] {
  if (hosted.served !== undefined) return hosted.served;
  const config = endpointConfigsOf(deps).get(hosted.configName);
  return config === undefined ? {} : servedBy(deps, config);
}

function servedBy(deps: Pick<RoomDeps, "store">, config: EndpointConfigRecord): Record<string, ServedContainer> {
  const served: Record<string, ServedContainer> = {};
  const { ProductionVariants = [], ShadowProductionVariants = [] } = config.request;
  for (const variant of [...ProductionVariants, ...ShadowProductionVariants]) {
    const container = modelsOf(deps).get(variant.ModelName ?? "")?.served[0];
    if (container !== undefined) served[variantName(variant)] = container;
  }
  return served;
}
