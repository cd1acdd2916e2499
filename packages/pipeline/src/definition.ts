/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** Type names of pipeline parameters. */
export type ParameterType = "String" | "Integer" | "Float" | "Boolean";

/** A parameter as the definition declares it. */
export interface ParameterSpec {
  Name: string;
  Type: ParameterType;
  DefaultValue?: string | number | boolean;
  EnumValues?: string[];
}

/** An extra dependency: a step's name, or its name with the outcome that releases this step. */
export type DependsOnEntry = string | { Step: string; Trigger: "Failed" | "Stopped" | "Any" | "Completed" };

/** A step as the definition holds it. Kinds add members of their own (`FunctionArn`, `PropertyFiles` ...). */
export interface StepDefinition {
  Name: string;
  Type: string;
  Arguments: JsonObject;
  DependsOn?: DependsOnEntry[];
  DisplayName?: string;
  Description?: string;
  [member: string]: Json | DependsOnEntry[] | undefined;
}

/** SageMaker pipeline definition, version 2020-12-01: the project's only pipeline format. */
export interface PipelineDefinition {
  Version: string;
  Metadata?: JsonObject;
  Parameters?: ParameterSpec[];
  PipelineExperimentConfig?: JsonObject | null;
  MlflowConfig?: JsonObject | null;
  Steps: StepDefinition[];
}
