import { PredictorFormatError } from "./errors";
import { JsonReader, type JsonValue } from "./json-reader";

/** The newest file format this version reads. */
const FORMAT = 1;

/** What the model predicts: the probability of the positive class, or a number. */
export type Task = "binary" | "regression";

/** One input column, described for people and for callers that build batches. */
export interface PredictorColumn {
  readonly name: string;
  /** The contract's type. A `boolean` is given as 1 or 0. */
  readonly type: "number" | "integer" | "boolean" | "category";
  readonly unit?: string;
  readonly description?: string;
  /** For `category`: the known categories; their positions are the codes of `predictColumns`. */
  readonly categories?: readonly string[];
}

/** A numeric column: `((value ?? fill) - mean) / scale` in float64. */
export interface NumberEncoding {
  readonly kind: "number";
  readonly column: string;
  readonly output: number;
  readonly fill: number | undefined;
  readonly mean: number;
  readonly scale: number;
}

/** A category column: one 0/1 feature per category, except the dropped one. */
export interface CategoryEncoding {
  readonly kind: "category";
  readonly column: string;
  readonly output: number;
  readonly fill: string | undefined;
  readonly categories: readonly string[];
  readonly dropped: number | undefined;
  readonly unknown: "ignore" | "refuse";
}

/** How one column becomes model features. */
export type Encoding = NumberEncoding | CategoryEncoding;

/** How a model's raw sum becomes its value. */
export type Link = "identity" | "logit" | "log";

/** An ensemble of decision trees, summed or averaged. */
export interface TreesDescription {
  readonly kind: "trees";
  readonly combine: "mean" | "sum";
  /** The precision in which feature values are compared with thresholds. */
  readonly compare: "float32" | "float64";
  readonly base: number;
  readonly link: Link;
}

/** A chain of dense layers: a linear model (one layer) or a perceptron. */
export interface LayersDescription {
  readonly kind: "layers";
  readonly activation: "identity" | "logistic" | "tanh" | "relu";
  readonly link: Link;
}

/** The estimator's description; its arrays are tensors of the file. */
export type ModelDescription = (TreesDescription | LayersDescription) & {
  /** The scikit-learn class. */
  readonly estimator: string;
  /** The value is multiplied by `scale`, then `offset` is added (a standardised regression target). */
  readonly target: { readonly scale: number; readonly offset: number };
};

/** The JSON header of a predictor file, checked. */
export interface PredictorDocument {
  readonly task: Task;
  readonly threshold: number | undefined;
  readonly columns: readonly PredictorColumn[];
  readonly features: number;
  readonly encodings: readonly Encoding[];
  readonly model: ModelDescription;
  readonly metadata: { readonly [key: string]: JsonValue };
}

/**
 * Reads the JSON description of a predictor file.
 *
 * @throws {@link PredictorFormatError} when a member is missing, of the wrong kind, out of range or contradicts another.
 */
export function readDocument(text: string): PredictorDocument {
  const root = JsonReader.parse(text, "predictor");
  const format = root.member("format").integer(1);
  if (format > FORMAT) {
    throw new PredictorFormatError(
      "predictor.format",
      `${format} is newer than ${FORMAT}. Update @sagewright/predictor.`,
    );
  }
  const task = root.member("task").oneOf("binary", "regression");
  const features = root.member("features").integer(1, 1_000_000);
  const encodings = root.member("encodings").items().map(readEncoding);
  const columns = readColumns(root.member("columns"), encodings);
  checkOutputs(encodings, features);
  return {
    task,
    threshold: root.member("threshold").optional((reader) => reader.number(0, 1)),
    columns,
    features,
    encodings,
    model: readModel(root.member("model")),
    metadata: root.member("metadata").object(),
  };
}

/** How many features an encoding makes. */
function encodingWidth(encoding: Encoding): number {
  if (encoding.kind === "number") return 1;
  return encoding.categories.length - (encoding.dropped === undefined ? 0 : 1);
}

function readColumns(reader: JsonReader, encodings: readonly Encoding[]): PredictorColumn[] {
  const byColumn = new Map(encodings.map((encoding) => [encoding.column, encoding]));
  const columns = reader.items().map((item): PredictorColumn => {
    const name = item.member("name").string();
    const encoding = byColumn.get(name);
    const unit = item.member("unit").optional((member) => member.string());
    const description = item.member("description").optional((member) => member.string());
    return {
      name,
      type: item.member("type").oneOf("number", "integer", "boolean", "category"),
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
      ...(encoding?.kind === "category" ? { categories: encoding.categories } : {}),
    };
  });
  const names = new Set(columns.map(({ name }) => name));
  if (names.size !== columns.length) throw new PredictorFormatError(reader.where, "names a column twice");
  for (const { column } of encodings) {
    if (!names.has(column)) throw new PredictorFormatError("predictor.encodings", `column ${column} is not described`);
  }
  return columns;
}

function readEncoding(reader: JsonReader): Encoding {
  const column = reader.member("column").string();
  const output = reader.member("output").integer(0);
  if (reader.member("kind").oneOf("number", "category") === "number") {
    const scale = reader.member("scale").number();
    if (scale === 0) throw new PredictorFormatError(`${reader.where}.scale`, "is zero");
    const fill = reader.member("fill").optional((member) => member.number());
    return { kind: "number", column, output, fill, mean: reader.member("mean").number(), scale };
  }
  const categories = reader
    .member("categories")
    .items()
    .map((item) => item.string());
  if (new Set(categories).size !== categories.length) {
    throw new PredictorFormatError(`${reader.where}.categories`, "names a category twice");
  }
  return {
    kind: "category",
    column,
    output,
    fill: reader.member("fill").optional((member) => member.string()),
    categories,
    dropped: reader.member("dropped").optional((member) => member.integer(0, categories.length - 1)),
    unknown: reader.member("unknown").oneOf("ignore", "refuse"),
  };
}

function checkOutputs(encodings: readonly Encoding[], features: number): void {
  let expected = 0;
  for (const encoding of encodings) {
    if (encoding.output !== expected) {
      throw new PredictorFormatError(
        `predictor.encodings`,
        `${encoding.column} makes feature ${encoding.output}, not ${expected}`,
      );
    }
    expected += encodingWidth(encoding);
  }
  if (expected !== features) {
    throw new PredictorFormatError("predictor.features", `${features} declared, ${expected} encoded`);
  }
}

function readModel(reader: JsonReader): ModelDescription {
  const target = reader.member("target");
  const common = {
    estimator: reader.member("estimator").string(),
    link: reader.member("link").oneOf("identity", "logit", "log"),
    target: { scale: target.member("scale").number(), offset: target.member("offset").number() },
  };
  if (reader.member("kind").oneOf("trees", "layers") === "layers") {
    const activation = reader.member("activation").oneOf("identity", "logistic", "tanh", "relu");
    return { ...common, kind: "layers", activation };
  }
  return {
    ...common,
    kind: "trees",
    combine: reader.member("combine").oneOf("mean", "sum"),
    compare: reader.member("compare").oneOf("float32", "float64"),
    base: reader.member("base").number(),
  };
}
