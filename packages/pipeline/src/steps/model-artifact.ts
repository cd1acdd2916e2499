import { type Expression, expressionKey, expressionOf, type Value } from "../expressions/expression";

/** How a trained model is served. */
export interface Serving {
  readonly image: Value<string>;
  readonly environment?: Readonly<Record<string, Value<string>>>;
}

/** A trained model: the S3 URI of its archive (usable as an expression), and how to serve it. */
export type ModelArtifact = Expression<string> & { readonly serving: Serving };

/** A model from anywhere: an archive and how to serve it. */
export interface ModelSource extends Serving {
  readonly data: Value<string>;
}

/** Joins an archive's URI with how to serve it. */
export function modelArtifact(data: Expression<string>, serving: Serving): ModelArtifact {
  return { ...expressionOf(data[expressionKey]), serving };
}

/** The container definition members of a model, for CreateModel and CreateModelPackage alike. */
export function containerOf(model: ModelArtifact | ModelSource): {
  image: Value<string>;
  data: Value<string>;
  environment?: Serving["environment"];
} {
  if ("serving" in model) return { image: model.serving.image, environment: model.serving.environment, data: model };
  return { image: model.image, environment: model.environment, data: model.data };
}
