import { PredictorFormatError } from "../errors";
import type { Tensor } from "../safetensors";

/** One dense layer: `inputs x weight + bias`. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Row after row, one row per input. */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** A chain of dense layers that ends in one output, and the features that explanations compare with. */
export interface LayerStructure {
  readonly layers: readonly Layer[];
  readonly reference: Float64Array;
}

/**
 * Reads the layers of a file.
 *
 * @throws {@link PredictorFormatError} when shapes do not chain from `features` inputs to one output.
 */
export function readLayers(tensors: ReadonlyMap<string, Tensor>, features: number): LayerStructure {
  const layers: Layer[] = [];
  let inputs = features;
  for (let number = 0; tensors.has(`layer.${number}.weight`); number++) {
    const name = `layer.${number}.weight`;
    const outputs = tensors.get(name)?.shape[1] ?? 0;
    const weight = matrix(tensors, name, [inputs, outputs]);
    const bias = matrix(tensors, `layer.${number}.bias`, [outputs]);
    layers.push({ inputs, outputs, weight, bias });
    inputs = outputs;
  }
  if (layers.length === 0) throw new PredictorFormatError("layer.0.weight", "is missing");
  if (inputs !== 1) throw new PredictorFormatError(`layer.${layers.length - 1}.weight`, `has ${inputs} outputs, not 1`);
  return { layers, reference: matrix(tensors, "reference", [features]) };
}

function matrix(tensors: ReadonlyMap<string, Tensor>, name: string, shape: readonly number[]): Float64Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new PredictorFormatError(name, "is missing");
  if (!(tensor.data instanceof Float64Array)) throw new PredictorFormatError(name, "is not of type Float64Array");
  if (tensor.shape.length !== shape.length || !shape.every((size, axis) => size === tensor.shape[axis])) {
    throw new PredictorFormatError(name, `has shape [${tensor.shape.join(", ")}], not [${shape.join(", ")}]`);
  }
  if (!tensor.data.every(Number.isFinite)) throw new PredictorFormatError(name, "holds a value that is not finite");
  return tensor.data;
}
