/** Services of the embedded cloud, by the name that AWS signs requests with. */
export type ServiceName =
  | "sagemaker"
  | "sagemaker-runtime"
  | "s3"
  | "logs"
  | "lambda"
  | "sts"
  | "monitoring"
  | "events"
  | "scheduler"
  | "application-autoscaling"
  | "sns"
  | "sqs";

/**
 * How one room calls another: exactly as a client would (same validation against the service model, same errors), but
 * without the wire. Input may be written as a client writes it (`Date`, `Uint8Array`) or as JSON has it (seconds, base64).
 */
export type Invoke = <O = unknown>(service: ServiceName, operation: string, input: object) => Promise<O>;
