import type { LayersDescription } from "../document";
import { applyLink } from "../link";
import { linkContributions } from "../link-contributions";
import type { Decomposition, Model } from "../model";
import { activate, activationSlope } from "./activation";
import type { Layer, LayerStructure } from "./structure";

/** Linear models (one layer) and multi-layer perceptrons. */
export class LayersModel implements Model {
  private readonly referenceSums: readonly Float64Array[];
  private readonly layers: readonly Layer[];

  constructor(
    private readonly structure: LayerStructure,
    private readonly description: LayersDescription,
  ) {
    this.layers = structure.layers;
    this.referenceSums = this.forward(structure.reference);
  }

  prepare(features: Float64Array, rows: number): number {
    const width = this.structure.reference.length;
    const refused = features.subarray(0, rows * width).findIndex((feature) => !Number.isFinite(feature));
    return refused < 0 ? -1 : Math.trunc(refused / width);
  }

  score(features: Float64Array, rows: number, out: Float64Array, start: number): void {
    const width = this.structure.reference.length;
    for (let row = 0; row < rows; row++) {
      const sums = this.forward(features.subarray(row * width, (row + 1) * width));
      out[start + row] = applyLink(this.description.link, output(sums));
    }
  }

  /**
   * The Rescale rule: each activation passes on its mean slope between the reference and this row, so contributions
   * add up exactly. A linear model gives `coefficient * (feature - reference)`.
   *
   * @see Shrikumar, Greenside, Kundaje, "Learning important features through propagating activation differences"
   *   (DeepLIFT, 2017), https://arxiv.org/abs/1704.02685
   */
  explain(features: Float64Array): Decomposition {
    const sums = this.forward(features);
    let multipliers: Float64Array = Float64Array.of(1);
    for (let number = this.layers.length - 1; number >= 0; number--) {
      const layer = this.layers[number] as Layer;
      multipliers = backward(layer, multipliers);
      if (number > 0) this.rescale(multipliers, sums[number - 1], this.referenceSums[number - 1]);
    }
    const { reference } = this.structure;
    const contributions = multipliers.map((multiplier, index) => {
      return multiplier * ((features[index] as number) - (reference[index] as number));
    });
    const base = output(this.referenceSums);
    linkContributions(this.description.link, base, contributions);
    return {
      value: applyLink(this.description.link, output(sums)),
      base: applyLink(this.description.link, base),
      contributions,
    };
  }

  /** The weighted sums of every layer, before activation. */
  private forward(features: Float64Array): Float64Array[] {
    const sums: Float64Array[] = [];
    let inputs = features;
    for (const layer of this.layers) {
      if (sums.length > 0) inputs = inputs.map((sum) => activate(this.description.activation, sum));
      inputs = weightedSums(layer, inputs);
      sums.push(inputs);
    }
    return sums;
  }

  private rescale(
    multipliers: Float64Array,
    sums: Float64Array | undefined,
    reference: Float64Array | undefined,
  ): void {
    for (let unit = 0; unit < multipliers.length; unit++) {
      const slope = activationSlope(this.description.activation, reference?.[unit] ?? 0, sums?.[unit] ?? 0);
      multipliers[unit] = (multipliers[unit] as number) * slope;
    }
  }
}

function output(sums: readonly Float64Array[]): number {
  return sums.at(-1)?.[0] ?? 0;
}

function weightedSums({ inputs, outputs, weight, bias }: Layer, values: Float64Array): Float64Array {
  const sums = new Float64Array(outputs);
  for (let input = 0; input < inputs; input++) {
    const value = values[input] as number;
    if (value === 0) continue;
    const start = input * outputs;
    for (let unit = 0; unit < outputs; unit++) {
      sums[unit] = (sums[unit] as number) + value * (weight[start + unit] as number);
    }
  }
  for (let unit = 0; unit < outputs; unit++) sums[unit] = (sums[unit] as number) + (bias[unit] as number);
  return sums;
}

function backward({ inputs, outputs, weight }: Layer, multipliers: Float64Array): Float64Array {
  const result = new Float64Array(inputs);
  for (let input = 0; input < inputs; input++) {
    let sum = 0;
    for (let unit = 0; unit < outputs; unit++) {
      sum += (weight[input * outputs + unit] as number) * (multipliers[unit] as number);
    }
    result[input] = sum;
  }
  return result;
}
