// Taken once: within Jest each look at a global object costs more than the function.
const { cos, log, PI, sin, sqrt } = Math;

/** Standard normal numbers (Box and Muller). */
export function normal(random: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = sqrt(-2 * log(1 - random()));
    const angle = 2 * PI * random();
    spare = radius * sin(angle);
    return radius * cos(angle);
  };
}
