import type { Counts } from "./deployment/deployment";
import type { VariantState } from "./endpoint-record";

/** Instances that a fleet runs for its variants; a serverless one is tried with a single container. */
export function capacityOf(variants: readonly VariantState[]): Counts {
  return Object.fromEntries(
    variants.map(({ name, desiredInstances, serverless }) => [name, serverless === undefined ? desiredInstances : 1]),
  );
}

/** Instances of the variants that have instances. */
export function instancesOf(variants: readonly VariantState[]): Counts {
  return capacityOf(variants.filter(({ serverless }) => serverless === undefined));
}

/** A variant that has become what was desired. */
export function atDesired(variant: VariantState): VariantState {
  const { desiredServerless } = variant;
  return {
    ...variant,
    weight: variant.desiredWeight,
    instances: variant.desiredInstances,
    ...(desiredServerless === undefined ? {} : { serverless: desiredServerless }),
  };
}

/** A variant of which nothing else is desired any more. */
export function asBefore(variant: VariantState): VariantState {
  const { serverless } = variant;
  return {
    ...variant,
    desiredWeight: variant.weight,
    desiredInstances: variant.instances,
    ...(serverless === undefined ? {} : { desiredServerless: serverless }),
  };
}
