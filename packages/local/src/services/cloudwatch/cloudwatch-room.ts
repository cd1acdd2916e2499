import type { Room, RoomDeps } from "../../room";
import type { ScalingAction } from "./alarms/alarm-actions";
import type { AlarmBook } from "./alarms/alarm-book";
import { alarmOperations } from "./alarms/alarm-operations";
import { AlarmRunner } from "./alarms/alarm-runner";
import { dashboardOperations } from "./dashboards";
import { metricOperations } from "./metrics/metric-operations";
import type { MetricStore } from "./metrics/metric-store";

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
