import type { ContainerDefinition, CreateModelInput } from "@aws-sdk/client-sagemaker";

/** What one container of a model runs, with everything a model package contributed. */
export interface ServedContainer {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Archive of the model, or a prefix of plain files. @default the image needs none */
  readonly modelData?: { readonly uri: string; readonly kind: "archive" | "files" };
  /** How error messages call it. */
  readonly name: string;
}

/** A model as it is kept. */
export interface ModelRecord {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateModelInput;
  /** The request's containers as Describe shows them: package members filled in. */
  readonly containers: readonly ContainerDefinition[];
  readonly served: readonly ServedContainer[];
  /** Epoch milliseconds. */
  readonly creationTime: number;
}
