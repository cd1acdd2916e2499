export { MERGED_PREFIX } from "@sagewright/monitoring";
export { bundleLambda, type LambdaBundle, type LambdaFunction } from "@sagewright/serving";
export { acknowledge, acknowledgeWildcards } from "./acknowledge";
export { type AlarmText, alarmTexts, type ModelAlarm } from "./alarms/alarm-texts";
export { ALERT_SEVERITIES, type AlertSeverity, AlertTopics, type AlertTopicsProps } from "./alarms/alert-topics";
export {
  ModelAlarms,
  type ModelAlarmsProps,
  modelAlarmName,
  modelMetric,
  type WatchedEndpoint,
} from "./alarms/model-alarms";
export { ApiFunction, type ApiFunctionProps } from "./api/api-function";
export { CaptureStream, type CaptureStreamProps } from "./api/capture-stream";
export { type DescribeApiOptions, describeApi } from "./api/describe-api";
export { type GatewayTargets, gatewayDocument, type OpenApiDocument } from "./api/gateway-document";
export {
  apiMetric,
  type CarriedModelProps,
  type PointedModelProps,
  PredictionApi,
  type PredictionApiProps,
} from "./api/prediction-api";
export { ApprovedDeployment, type ApprovedDeploymentProps } from "./approval/approved-deployment";
export { ModelDashboard, type ModelDashboardProps } from "./dashboard/model-dashboard";
export type { ServingInput } from "./endpoint/checked-serving";
export { GuardedEndpoint, type GuardedEndpointProps, type IGuardedEndpoint } from "./endpoint/guarded-endpoint";
export { ModelRole, type ModelRoleProps } from "./endpoint/model-role";
export { PropsError, type PropsErrorCode } from "./errors";
export { AlertRouter, type AlertRouterProps, type AlertRouting } from "./monitoring/alert-router";
export { ModelMonitor, type ModelMonitorProps } from "./monitoring/model-monitor";
export { SageMakerPipeline, type SageMakerPipelineProps } from "./pipeline/sagemaker-pipeline";
export type { FreshData } from "./schedule/fresh-data";
export { type Retraining, RetrainingSchedule, type RetrainingScheduleProps } from "./schedule/retraining-schedule";
