import type { Change } from "./ledger";
import { type Actor, orNothing, type World } from "./world";

/** Metrics, alarms with their states, dashboards. */
export function watching(world: World): Actor {
  const { ledger, random } = world;
  const Timestamp = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const value = () => {
    const MetricName = `m${random.below(3)}`;
    const key = `metric ${MetricName}`;
    const read = () =>
      world.clients.cloudwatch
        .getMetricStatistics({
          Namespace: "Kills",
          MetricName,
          StartTime: new Date(Timestamp.getTime() - 3_600_000),
          EndTime: new Date(Timestamp.getTime() + 3_600_000),
          Period: 3600,
          Statistics: ["SampleCount"],
        })
        .then(
          ({ Datapoints = [] }) => Datapoints.reduce((sum, point) => sum + (point.SampleCount ?? 0), 0) || undefined,
        );
    return ledger.write([{ key, read, to: (ledger.known<number>(key) ?? 0) + 1 }], () =>
      world.clients.cloudwatch.putMetricData({
        Namespace: "Kills",
        MetricData: [{ MetricName, Timestamp, Value: random() }],
      }),
    );
  };
  const alarm = () => {
    const AlarmName = `a${random.below(3)}`;
    const found = () =>
      world.clients.cloudwatch
        .describeAlarms({ AlarmNames: [AlarmName] })
        .then(({ MetricAlarms = [] }) => MetricAlarms[0]);
    const defined = (to: unknown): Change => ({
      key: `alarm ${AlarmName}`,
      to,
      read: () => found().then((it) => it && { threshold: it.Threshold, acts: it.ActionsEnabled }),
    });
    const state = (to: unknown): Change => ({
      key: `state of alarm ${AlarmName}`,
      to,
      read: () => found().then((it) => it?.StateValue),
    });
    const known = ledger.known<{ threshold: number; acts: boolean }>(`alarm ${AlarmName}`);
    const names = { AlarmNames: [AlarmName] };
    const threshold = random.below(1000);
    if (known === undefined || random() < 0.4) {
      const first = known === undefined ? [state("INSUFFICIENT_DATA")] : [];
      return ledger.write([defined({ threshold, acts: true }), ...first], () =>
        world.clients.cloudwatch.putMetricAlarm({
          AlarmName,
          Namespace: "Kills",
          MetricName: "never",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: threshold,
          ComparisonOperator: "GreaterThanThreshold",
          TreatMissingData: "ignore",
        }),
      );
    }
    if (random() < 0.2) {
      return ledger.write([defined(undefined), state(undefined)], () => world.clients.cloudwatch.deleteAlarms(names));
    }
    if (random() < 0.5) {
      const StateValue = random.one(["OK", "ALARM"] as const);
      return ledger.write([state(StateValue)], () =>
        world.clients.cloudwatch.setAlarmState({ AlarmName, StateValue, StateReason: "kills" }),
      );
    }
    const acts = !known.acts;
    return ledger.write([defined({ ...known, acts })], () =>
      acts ? world.clients.cloudwatch.enableAlarmActions(names) : world.clients.cloudwatch.disableAlarmActions(names),
    );
  };
  const dashboard = () => {
    const DashboardName = `d${random.below(2)}`;
    const key = `dashboard ${DashboardName}`;
    const read = () =>
      orNothing(world.clients.cloudwatch.getDashboard({ DashboardName }).then(({ DashboardBody }) => DashboardBody));
    const DashboardBody = JSON.stringify({ widgets: [], start: `-PT${1 + random.below(99)}H` });
    return random() < 0.3 && ledger.known(key) !== undefined
      ? ledger.write([{ key, read, to: undefined }], () =>
          world.clients.cloudwatch.deleteDashboards({ DashboardNames: [DashboardName] }),
        )
      : ledger.write([{ key, read, to: DashboardBody }], () =>
          world.clients.cloudwatch.putDashboard({ DashboardName, DashboardBody }),
        );
  };
  return { name: "watching", step: () => random.one([value, value, alarm, alarm, dashboard])() };
}

/** Scalable targets, their policies and scheduled actions, of the endpoint `steady`. */
export function scaling(world: World): Actor {
  const { ledger, random } = world;
  const target = {
    ServiceNamespace: "sagemaker" as const,
    ResourceId: "endpoint/steady/variant/AllTraffic",
    ScalableDimension: "sagemaker:variant:DesiredInstanceCount" as const,
  };
  const { ServiceNamespace } = target;
  const registered = (to: unknown): Change => ({
    key: "scalable target",
    to,
    read: () =>
      world.clients.autoscaling
        .describeScalableTargets({ ServiceNamespace, ResourceIds: [target.ResourceId] })
        .then(({ ScalableTargets: [only] = [] }) => only?.MaxCapacity),
  });
  const policy = (to: unknown): Change => ({
    key: "scaling policy",
    to,
    read: () =>
      world.clients.autoscaling
        .describeScalingPolicies({ ServiceNamespace, PolicyNames: ["track"] })
        .then(({ ScalingPolicies: [only] = [] }) => only?.TargetTrackingScalingPolicyConfiguration?.TargetValue),
  });
  const action = (to: unknown): Change => ({
    key: "scheduled action",
    to,
    read: () =>
      world.clients.autoscaling
        .describeScheduledActions({ ServiceNamespace, ScheduledActionNames: ["night"] })
        .then(({ ScheduledActions: [only] = [] }) => only?.Schedule),
  });
  return {
    name: "scaling",
    async step() {
      const MaxCapacity = 2 + random.below(3);
      if (ledger.known("scalable target") === undefined || random() < 0.2) {
        return ledger.write([registered(MaxCapacity)], () =>
          world.clients.autoscaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity }),
        );
      }
      if (random() < 0.1) {
        return ledger.write([registered(undefined), policy(undefined), action(undefined)], () =>
          world.clients.autoscaling.deregisterScalableTarget(target),
        );
      }
      if (random() < 0.5) {
        if (ledger.known("scaling policy") !== undefined && random() < 0.3) {
          return ledger.write([policy(undefined)], () =>
            world.clients.autoscaling.deleteScalingPolicy({ ...target, PolicyName: "track" }),
          );
        }
        const TargetValue = 100 + random.below(100);
        return ledger.write([policy(TargetValue)], () =>
          world.clients.autoscaling.putScalingPolicy({
            ...target,
            PolicyName: "track",
            PolicyType: "TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration: {
              TargetValue,
              PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantInvocationsPerInstance" },
              DisableScaleIn: true,
            },
          }),
        );
      }
      if (ledger.known("scheduled action") !== undefined && random() < 0.3) {
        return ledger.write([action(undefined)], () =>
          world.clients.autoscaling.deleteScheduledAction({ ...target, ScheduledActionName: "night" }),
        );
      }
      const Schedule = `cron(${random.below(60)} 3 1 1 ? 2099)`;
      return ledger.write([action(Schedule)], () =>
        world.clients.autoscaling.putScheduledAction({
          ...target,
          ScheduledActionName: "night",
          Schedule,
          ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 2 },
        }),
      );
    },
  };
}
