import { createHash } from "node:crypto";
import { combinations, type Dimension, valueAt } from "./search-space";

/** Hyperparameters of one trial, as text by name. */
export type Parameters = Readonly<Record<string, string>>;

/** A number in [0, 1) that only depends on the arguments: trials can be drawn in any order, in any process. */
function chance(seed: number, ...parts: readonly (string | number)[]): number {
  const digest = createHash("sha256")
    .update([seed, ...parts].join("\u0000"))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

const DRAWS_FOR_A_NEW_COMBINATION = 50;

/** The combination of a random trial: one not among the `earlier` ones as long as the space has others. */
export function drawRandom(
  space: readonly Dimension[],
  seed: number,
  index: number,
  earlier: readonly Parameters[],
): Parameters {
  const taken = new Set(earlier.map(keyOf));
  const attempts = taken.size >= combinations(space) ? 1 : DRAWS_FOR_A_NEW_COMBINATION;
  let drawn: Parameters = {};
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    drawn = combine(space, ({ name }) => chance(seed, "random", index, attempt, name));
    if (!taken.has(keyOf(drawn))) break;
  }
  return drawn;
}

/**
 * The combination of an opening trial: a Latin hypercube over `count` trials, so that even a handful of them covers
 * every range evenly.
 *
 * @param index - From 1 to `count`.
 */
export function drawSpread(space: readonly Dimension[], seed: number, index: number, count: number): Parameters {
  return combine(space, ({ name }) => {
    const stratum = rank(count, index, (trial) => chance(seed, "order", name, trial));
    return (stratum + chance(seed, "within", name, index)) / count;
  });
}

/** The combination number `index` (from 1) of the whole grid; the last parameter changes fastest. */
export function drawGrid(space: readonly Dimension[], index: number): Parameters {
  let rest = index - 1;
  const values: Record<string, string> = {};
  for (const dimension of [...space].reverse()) {
    const choices = dimension.kind === "categorical" ? dimension.values : [];
    values[dimension.name] = choices[rest % choices.length] ?? "";
    rest = Math.floor(rest / choices.length);
  }
  return inOrder(space, values);
}

function combine(space: readonly Dimension[], unit: (dimension: Dimension) => number): Parameters {
  return inOrder(
    space,
    Object.fromEntries(space.map((dimension) => [dimension.name, valueAt(dimension, unit(dimension))])),
  );
}

function inOrder(space: readonly Dimension[], values: Parameters): Parameters {
  return Object.fromEntries(space.map(({ name }) => [name, values[name] ?? ""]));
}

function rank(count: number, index: number, value: (index: number) => number): number {
  const own = value(index);
  let smaller = 0;
  for (let other = 1; other <= count; other += 1) if (other !== index && value(other) < own) smaller += 1;
  return smaller;
}

function keyOf(parameters: Parameters): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}
