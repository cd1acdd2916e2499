import { type HostingCost, hostingCost, type InstanceRange } from "../cost/hosting";
import { priceTable } from "../cost/price-table";
import type { CurrentDeployment } from "./current";
import type { DesiredDeployment } from "./desired";

/** A month of an endpoint before and after a deployment. */
export interface PlannedCost {
  /** Absent when nothing serves yet. */
  readonly before?: HostingCost;
  readonly after: HostingCost;
  readonly currency: string;
  /** Whose prices these are: another region's differ. */
  readonly region: string;
  readonly date: string;
}

/** What the endpoint costs a month now, and what it will. While traffic shifts, both fleets are paid for. */
export function plannedCost(desired: DesiredDeployment, current: CurrentDeployment): PlannedCost {
  const prices = priceTable;
  const wanted = new Map<string, InstanceRange>(
    desired.scaling.map(({ variant, target }) => [variant, rangeOf(target.MinCapacity, target.MaxCapacity)]),
  );
  const after = hostingCost(desired.configuration, { scaling: wanted, alarms: desired.alarms.length, prices });
  return {
    ...(current.configuration === undefined ? {} : { before: currentCost(current) }),
    after,
    currency: prices.currency,
    region: prices.region,
    date: prices.date,
  };
}

/** What an endpoint costs a month as it stands. */
export function currentCost({ configuration, targets, alarms }: CurrentDeployment): HostingCost {
  const scaling = new Map<string, InstanceRange>(
    [...targets].map(([variant, { MinCapacity, MaxCapacity }]) => [variant, rangeOf(MinCapacity, MaxCapacity)]),
  );
  return hostingCost(configuration ?? { ProductionVariants: [] }, { scaling, alarms: alarms.size, prices: priceTable });
}

function rangeOf(minimum = 0, maximum = minimum): InstanceRange {
  return { minimum, maximum };
}
