// Taken once: within Jest each look at a global object costs more than the function.
const { imul } = Math;

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32), so that a failing round can be run again. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
