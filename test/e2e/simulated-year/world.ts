import { uniform } from "../../support/random";

/** A customer as the world knows it: what a prediction is asked for, and what happens later. */
export interface Customer {
  readonly row: Readonly<Record<string, number | string | null>>;
  readonly leaves: boolean;
}

/** What is different in a week. */
export interface Climate {
  /** Mean of the monthly charge, in standard deviations from the usual. */
  readonly charge: number;
  /** Share of premium plans. */
  readonly premium: number;
  /** Mean tenure, in standard deviations from the usual. */
  readonly tenure: number;
  /** How much longer customers stay the longer they are there; below 0 a competitor courts the loyal ones. */
  readonly loyalty: number;
  /** An upstream job delivers no calls. */
  readonly withoutCalls: boolean;
}

/** The usual state of things. */
export const usual: Climate = { charge: 0, premium: 0.4, tenure: 0, loyalty: 1, withoutCalls: false };

/** Random numbers from a seed: the same year every time. */
export class Chance {
  /** From 0 up to 1. */
  readonly uniform: () => number;

  constructor(seed: number) {
    this.uniform = uniform(seed);
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** Draws a customer of a climate. */
export function customer(chance: Chance, climate: Climate): Customer {
  const tenure = clamped(Math.round(36 + 16 * (chance.normal() + climate.tenure)), 0, 96);
  const premium = chance.uniform() < climate.premium;
  const charge = Number(clamped(60 + 18 * (chance.normal() + climate.charge), 5, 200).toFixed(2));
  const calls = clamped(Math.round(2.5 + 1.6 * chance.normal()), 0, 12);
  const risk = -1 + (-1.3 * climate.loyalty * (tenure - 36)) / 16 + 0.9 * (calls - 2.5) + (premium ? -0.5 : 0.2);
  return {
    row: { tenure, plan: premium ? "premium" : "basic", charge, calls: climate.withoutCalls ? null : calls },
    leaves: chance.uniform() < 1 / (1 + Math.exp(-risk)),
  };
}

function clamped(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
