export type { AnswerDriver, ChurnAnswer, LifetimeValue, PredictionAnswer, ValueAnswer } from "./app/answer";
export { type ApiOptions, type Clock, createApi, type PredictionApi } from "./app/api";
export { type CustomerCheck, type CustomerForm, compileCustomer } from "./app/customer";
export type { LifetimeValueModel } from "./app/lifetime-value";
export type { ApiLogger } from "./app/log";
export { stderrLogger } from "./app/logger";
export type { ServedModel } from "./app/model-card";
export { KINDS as PROBLEM_KINDS, type ProblemDetail, type ProblemKind } from "./app/problem";
export { type RememberedRetrainOptions, type RetrainPlan, rememberedRetrain } from "./app/remembered-retrain";
export type { Retrain, RetrainRun } from "./app/retrain";
export type { StatisticsSnapshot } from "./app/statistics";
export type { AuditFact } from "./audit/entry";
export { lineAuditLog } from "./audit/line-log";
export { type AuditLog, type FileAuditLogOptions, fileAuditLog } from "./audit/log";
export { type AuditVerdict, type VerifyOptions, verifyAuditLog } from "./audit/verify";
export type { Rotation } from "./audit/writer";
export type { Backend, BackendKind } from "./backends/backend";
export { embeddedBackend } from "./backends/embedded";
export { type EndpointBackendOptions, endpointBackend, serverlessBackend } from "./backends/endpoint/endpoint";
export { type CallProfile, REAL_TIME, SERVERLESS } from "./backends/endpoint/profile";
export { Capture, type CaptureCounts, type CaptureOptions } from "./capture/capture";
export {
  type CaptureColumn,
  type CaptureExport,
  type CaptureTable,
  type CaptureValue,
  openCaptures,
  type RefusedLine,
} from "./capture/export";
export { type FirehosePuts, type FirehoseSinkOptions, firehoseSink } from "./capture/firehose-sink";
export { hourlyFolder, type RecordSink } from "./capture/hourly-folder";
export type { CaptureRecord, GroundTruthRecord } from "./capture/record";
export { RecordsLostError } from "./capture/records-lost";
export { type S3Puts, type S3SinkOptions, s3Sink } from "./capture/s3-sink";
export {
  type BackendProblem,
  BackendUnavailableError,
  ContractConflictError,
  IdempotencyConflictError,
  ModelMismatchError,
  PolicyInvalidError,
  PortTakenError,
  RetrainRefusedError,
  ServingError,
  type ServingIssue,
} from "./errors";
export { type Access, openAccess, openKeys, servingPaths } from "./files/access";
export { type ModelFolder, readModelFolder } from "./files/model-folder";
export { serverSecret } from "./files/server-secret";
export { type GatewayEvent, type GatewayResult, type LambdaHostOptions, lambdaHandler } from "./hosts/lambda";
export { type NodeHostOptions, type RunningServer, type ServedApp, serveNode } from "./hosts/node";
export { createKey, type NewKey, revokeKey, rotateKey, USUAL_PER_MINUTE } from "./keys/administer";
export type { StoredKey } from "./keys/api-key";
export { type Authorization, type AuthorizationRequest, keyAuthorizer } from "./keys/authorizer";
export { type FileKeyStoreOptions, fileKeyStore } from "./keys/file-key-store";
export type { Caller } from "./keys/gate";
export type { KeyStore } from "./keys/key-store";
export { readKeys } from "./keys/read-keys";
export { ROLES, type Role } from "./keys/roles";
export { type SecretKeyStoreOptions, secretKeyStore, type VersionedText } from "./keys/secret-key-store";
export { bundleLambda, type LambdaBundle, type LambdaFunction } from "./lambda/bundle";
export { type Decision, decide, valueTierOf } from "./policy/decide";
export { type DecisionPolicy, definePolicy, type Tier, type ValueTier } from "./policy/policy";
export { usualPolicy } from "./policy/usual";
