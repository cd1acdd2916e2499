export type { AnswerDriver, ChurnAnswer, PredictionAnswer, ValueAnswer } from "./app/answer";
export { type ApiOptions, type Clock, createApi } from "./app/api";
export type { ApiLogger } from "./app/log";
export { stderrLogger } from "./app/logger";
export type { ServedModel } from "./app/model-card";
export { KINDS as PROBLEM_KINDS, type ProblemDetail, type ProblemKind } from "./app/problem";
export type { StatisticsSnapshot } from "./app/statistics";
export type { Backend } from "./backends/backend";
export { embeddedBackend } from "./backends/embedded";
export { type EndpointBackendOptions, endpointBackend } from "./backends/endpoint";
export {
  BackendUnavailableError,
  ModelMismatchError,
  PolicyInvalidError,
  PortTakenError,
  ServingError,
} from "./errors";
export { type NodeHostOptions, type RunningServer, serveNode } from "./hosts/node";
export { type Decision, decide } from "./policy/decide";
export { type DecisionPolicy, definePolicy, type Tier } from "./policy/policy";
export { telecomPolicy } from "./policy/telecom";
