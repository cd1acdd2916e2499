/** Why a construct refuses its props. */
export type PropsErrorCode =
  | "inputs_unknown"
  | "pipeline_name"
  | "model_package"
  | "serving_mode"
  | "code_missing"
  | "schedule_invalid"
  | "document_empty"
  | "bucket_differs";

/** A prop that a construct cannot work with: refused while the app is synthesised, before anything is deployed. */
export class PropsError extends Error {
  readonly code: PropsErrorCode;
  /** Path of the prop, such as `serving.instanceType`. */
  readonly path: string;
  readonly received: unknown;

  constructor(code: PropsErrorCode, path: string, received: unknown, rule: string) {
    super(`${path}: ${JSON.stringify(received) ?? "nothing"} ${rule}.`);
    this.name = "PropsError";
    this.code = code;
    this.path = path;
    this.received = received;
  }
}
