/** A variant and its share of the traffic. */
export interface WeightedVariant {
  readonly name: string;
  readonly weight: number;
}

/**
 * Chooses variants so that each gets weight / sum of weights of an endpoint's requests: the one that is furthest behind
 * its share is next. Over any stretch the shares are off by less than one request, which chance would not give.
 */
export function trafficSplitter(): (endpoint: string, variants: readonly WeightedVariant[]) => string {
  const credits = new Map<string, Map<string, number>>();
  return (endpoint, variants) => {
    const [only] = variants;
    if (only !== undefined && variants.length === 1) return only.name;
    const total = variants.reduce((sum, { weight }) => sum + weight, 0);
    const credit = credits.get(endpoint) ?? new Map<string, number>();
    credits.set(endpoint, credit);
    let next: WeightedVariant | undefined;
    for (const variant of variants) {
      const share = total > 0 ? variant.weight / total : 1 / variants.length;
      credit.set(variant.name, (credit.get(variant.name) ?? 0) + share);
      const ahead = next === undefined || (credit.get(variant.name) ?? 0) > (credit.get(next.name) ?? 0);
      if (ahead && (share > 0 || total === 0)) next = variant;
    }
    const chosen = next?.name ?? "";
    credit.set(chosen, (credit.get(chosen) ?? 0) - 1);
    return chosen;
  };
}
