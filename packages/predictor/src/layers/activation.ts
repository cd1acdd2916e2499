import type { LayersDescription } from "../document";

type Activation = LayersDescription["activation"];

/** A hidden unit's output, as scikit-learn's activation of the same name computes it. */
export function activate(activation: Activation, sum: number): number {
  if (activation === "relu") return Math.max(sum, 0);
  if (activation === "tanh") return Math.tanh(sum);
  return activation === "logistic" ? 1 / (1 + Math.exp(-sum)) : sum;
}

/** The activation's mean slope between two sums; its derivative where they are too close to divide. */
export function activationSlope(activation: Activation, from: number, to: number): number {
  if (activation === "identity") return 1;
  if (Math.abs(to - from) > 1e-6) return (activate(activation, to) - activate(activation, from)) / (to - from);
  const value = activate(activation, to);
  if (activation === "relu") return value > 0 ? 1 : 0;
  return activation === "tanh" ? 1 - value * value : value * (1 - value);
}
