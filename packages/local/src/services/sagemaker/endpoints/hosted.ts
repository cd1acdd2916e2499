import type { DataCaptureConfig } from "@aws-sdk/client-sagemaker";
import type { RoomDeps } from "../../../room";
import type { ServedContainer } from "../models/model-record";
import { modelsOf } from "../models/models-room";
import { endpointConfigsOf } from "./endpoint-configs-room";
import { type EndpointConfigRecord, type Hosted, initialVariants, variantName } from "./endpoint-record";

/** What a configuration makes of an endpoint, as long as nothing of it is changed. */
export function hostedFrom(deps: Pick<RoomDeps, "store">, config: EndpointConfigRecord): Hosted {
  const capture = config.request.DataCaptureConfig;
  return {
    configName: config.name,
    variants: initialVariants(config),
    served: servedBy(deps, config),
    ...(capture === undefined ? {} : { capture }),
  };
}

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
  for (const variant of config.request.ProductionVariants ?? []) {
    const container = modelsOf(deps).get(variant.ModelName ?? "")?.served[0];
    if (container !== undefined) served[variantName(variant)] = container;
  }
  return served;
}
