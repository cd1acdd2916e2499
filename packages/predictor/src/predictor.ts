import { type PredictorColumn, type PredictorDocument, readDocument, type Task } from "./document";
import { type ColumnValues, Encoder, type Row, type Value } from "./encoder";
import { PredictorFormatError, PredictorInputError } from "./errors";
import { featuresOf, type PredictorFeature } from "./features";
import type { JsonValue } from "./json-reader";
import { LayersModel } from "./layers/layers-model";
import { readLayers } from "./layers/structure";
import { BLOCK_ROWS, type Model } from "./model";
import { readSafetensors, type Tensor } from "./safetensors";
import { readTrees } from "./trees/structure";
import { TreesModel } from "./trees/trees-model";

/** How much one input column moved one prediction. */
export interface Driver {
  /** The column's name. */
  readonly feature: string;
  /** The value received; `null` when it was missing and therefore imputed. */
  readonly value: number | string | null;
  /** The column's unit, where the contract gives one. */
  readonly unit: string | undefined;
  /** What it adds to the prediction, in probability (regression: in the target's unit). */
  readonly contribution: number;
}

/** A prediction and what it is made of: `base + Σ contributions = value`. */
export interface Explanation {
  readonly value: number;
  /** What the model predicts without knowing the row. */
  readonly base: number;
  /** Every input column, largest absolute contribution first. */
  readonly drivers: readonly Driver[];
}

/** A loaded model. Calls do not influence each other's results. */
export interface Predictor {
  readonly task: Task;
  /** The probability from which the decision is positive, where the model was given one. */
  readonly threshold: number | undefined;
  /** Input columns in model order. */
  readonly columns: readonly PredictorColumn[];
  /** What the estimator sees: the elements of a transformed row, in order. */
  readonly features: readonly PredictorFeature[];
  /** The scikit-learn class that was trained. */
  readonly estimator: string;
  /** What training wrote beside the model, such as its version. */
  readonly metadata: { readonly [key: string]: JsonValue };
  /**
   * The probability of the positive class (regression: the value) of one row.
   *
   * @throws {@link PredictorInputError} when a value is of the wrong kind or one that scikit-learn refuses.
   */
  predictRow(row: Row): number;
  /** The same for many rows; an error names the row. */
  predictRows(rows: readonly Row[]): Float64Array;
  /** The same for a batch given as columns, the fastest way. Absent columns are missing values. */
  predictColumns(columns: { readonly [column: string]: ColumnValues }): Float64Array;
  /** One row's prediction with the contribution of every column. */
  explainRow(row: Row): Explanation;
  /**
   * One row after the fitted imputer, scaler and encoder, without the estimator: the float64 numbers that scikit-learn's
   * `preprocess.transform` gives, in the order of `features`. An estimator elsewhere answers them as `predictRow` does.
   *
   * @throws {@link PredictorInputError} for the same rows as `predictRow`.
   */
  transformRow(row: Row): Float64Array;
  /** The same for many rows, one after the other in one array; an error names the row. */
  transformRows(rows: readonly Row[]): Float64Array;
}

/** Bounds the memory of a batch over very wide models. */
const BLOCK_ELEMENTS = 2 ** 22;

/**
 * Reads a `predictor.safetensors` file. Nothing in it is trusted: offsets, sizes, types, indices and tree structure are
 * checked before use.
 *
 * @throws {@link PredictorFormatError} when the bytes are not a predictor file this version can evaluate.
 * @example
 * const predictor = loadPredictor(readFileSync("predictor.safetensors"));
 * predictor.predictRow({ age: 42, country: "FR" });
 */
export function loadPredictor(bytes: Uint8Array): Predictor {
  const { metadata, tensors } = readSafetensors(bytes);
  const text = metadata.get("predictor");
  if (text === undefined) throw new PredictorFormatError("__metadata__.predictor", "is missing");
  const document = readDocument(text);
  return new LoadedPredictor(document, readModel(document, tensors));
}

function readModel({ model, features }: PredictorDocument, tensors: ReadonlyMap<string, Tensor>): Model {
  if (model.kind === "layers") return new LayersModel(readLayers(tensors, features), model);
  return new TreesModel(readTrees(tensors, features, model.compare), model, features);
}

class LoadedPredictor implements Predictor {
  readonly task: Task;
  readonly threshold: number | undefined;
  readonly columns: readonly PredictorColumn[];
  readonly features: readonly PredictorFeature[];
  readonly estimator: string;
  readonly metadata: { readonly [key: string]: JsonValue };
  private readonly encoder: Encoder;

  constructor(
    private readonly document: PredictorDocument,
    private readonly model: Model,
  ) {
    this.task = document.task;
    this.threshold = document.threshold;
    this.columns = document.columns;
    this.features = featuresOf(document.encodings);
    this.estimator = document.model.estimator;
    this.metadata = document.metadata;
    this.encoder = new Encoder(document.encodings, document.features);
  }

  predictRow(row: Row): number {
    const out = new Float64Array(1);
    this.model.score(this.encode(row), 1, out, 0);
    return this.targetValue(out[0] as number);
  }

  predictRows(rows: readonly Row[]): Float64Array {
    const { encoder } = this;
    return this.scoreBlocks(rows.length, (features, start, count) => {
      for (let index = 0; index < count; index++) {
        encoder.encodeRow(rows[start + index] as Row, features, index * encoder.features, start + index);
      }
    });
  }

  predictColumns(columns: { readonly [column: string]: ColumnValues }): Float64Array {
    const rows = Object.values(columns)[0]?.length ?? 0;
    return this.scoreBlocks(rows, this.encoder.bindColumns(columns, rows));
  }

  explainRow(row: Row): Explanation {
    const { value, base, contributions } = this.model.explain(this.encode(row));
    return {
      value: this.targetValue(value),
      base: this.targetValue(base),
      drivers: this.drivers(row, contributions, this.document.model.target.scale),
    };
  }

  transformRow(row: Row): Float64Array {
    const features = new Float64Array(this.encoder.features);
    this.encoder.encodeRow(row, features);
    this.check(features, 1, false);
    return features;
  }

  transformRows(rows: readonly Row[]): Float64Array {
    const width = this.encoder.features;
    const features = new Float64Array(rows.length * width);
    rows.forEach((row, index) => {
      this.encoder.encodeRow(row, features, index * width, index);
    });
    this.check(features, rows.length, true);
    return features;
  }

  /** Throws for the first row that the estimator would refuse; on a copy, because preparing may round. */
  private check(features: Float64Array, rows: number, named: boolean): void {
    const prepared = features.slice();
    const refused = this.model.prepare(prepared, rows);
    if (refused >= 0) throw this.refusal(prepared, refused, named ? refused : undefined);
  }

  private encode(row: Row): Float64Array {
    const features = new Float64Array(this.encoder.features);
    this.encoder.encodeRow(row, features);
    if (this.model.prepare(features, 1) >= 0) throw this.refusal(features, 0);
    return features;
  }

  private targetValue(value: number): number {
    const { scale, offset } = this.document.model.target;
    // Without a scaled target nothing is added: 0 + -0 would lose the sign.
    return scale === 1 && offset === 0 ? value : value * scale + offset;
  }

  private drivers(row: Row, contributions: Float64Array, scale: number): Driver[] {
    const byColumn = new Map<string, number>();
    const { encodings, features } = this.document;
    encodings.forEach(({ column, output }, index) => {
      let sum = byColumn.get(column) ?? 0;
      const end = encodings[index + 1]?.output ?? features;
      for (let feature = output; feature < end; feature++) sum += contributions[feature] as number;
      byColumn.set(column, sum);
    });
    return this.columns
      .map(({ name, unit }) => ({
        feature: name,
        value: given(Object.hasOwn(row, name) ? row[name] : undefined),
        unit,
        contribution: (byColumn.get(name) ?? 0) * scale,
      }))
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  }

  private scoreBlocks(
    rows: number,
    write: (features: Float64Array, start: number, count: number) => void,
  ): Float64Array {
    const out = new Float64Array(rows);
    const width = this.encoder.features;
    const blockRows = Math.max(1, Math.min(rows, BLOCK_ROWS, Math.trunc(BLOCK_ELEMENTS / width)));
    const features = new Float64Array(blockRows * width);
    for (let start = 0; start < rows; start += blockRows) {
      const count = Math.min(blockRows, rows - start);
      features.fill(0);
      write(features, start, count);
      const refused = this.model.prepare(features, count);
      if (refused >= 0) throw this.refusal(features, refused, start + refused);
      this.model.score(features, count, out, start);
    }
    return this.document.model.target.scale === 1 && this.document.model.target.offset === 0
      ? out
      : out.map((value) => this.targetValue(value));
  }

  private refusal(features: Float64Array, index: number, row?: number): PredictorInputError {
    const start = index * this.encoder.features;
    const encoding = this.document.encodings.find(({ output }) => !Number.isFinite(features[start + output]));
    const value = features[start + (encoding?.output ?? 0)] as number;
    const problem = Number.isNaN(value)
      ? "is missing and the model has no value to impute"
      : "is too large for the precision the model was trained in";
    return new PredictorInputError(encoding?.column ?? "", problem, row);
  }
}

function given(value: Value): number | string | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
