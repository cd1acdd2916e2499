import type { Room, RoomDeps } from "../../room";
import type { ScalingAction } from "./alarm-actions";
import type { AlarmBook } from "./alarm-book";
import { alarmOperations } from "./alarm-operations";
import { AlarmRunner } from "./alarm-runner";
import { dashboardOperations } from "./dashboards";
import { metricOperations } from "./metric-operations";
import type { MetricStore } from "./metric-store";

/** What the room needs besides the usual. */
export interface CloudWatchDeps extends RoomDeps {
  readonly metrics: MetricStore;
  readonly alarms: AlarmBook;
  /** Does what a scaling policy's alarm asks for. */
  readonly scale: ScalingAction;
}

/** CloudWatch: metrics, alarms, dashboards. */
export function cloudwatchRoom(deps: CloudWatchDeps): Room {
  const runner = new AlarmRunner(deps, deps.alarms, deps.metrics, deps.scale);
  return {
    operations: {
      ...metricOperations(deps.metrics, deps.clock),
      ...alarmOperations(deps, deps.alarms, runner),
      ...dashboardOperations(deps),
    },
    async recover() {
      runner.start();
    },
    async close() {
      runner.close();
    },
  };
}
