const ABSENT = -3;

/**
 * Texts and their codes, found by the bytes of a field without making a string of it. It knows the common texts of a
 * column; a text that it does not know is left to the contract.
 */
export class WordTable {
  /** The code of a text that the table does not hold. */
  static readonly ABSENT = ABSENT;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #words: readonly Uint8Array[];
  readonly #codes: Int32Array;

  constructor(words: ReadonlyMap<string, number>) {
    const entries = [...words];
    const encoder = new TextEncoder();
    this.#words = entries.map(([word]) => encoder.encode(word));
    this.#codes = Int32Array.from(entries, ([, code]) => code);
    let size = 8;
    while (size < 4 * entries.length) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size).fill(-1);
    this.#words.forEach((word, entry) => {
      let hash = 0;
      for (const byte of word) hash = step(hash, byte);
      let slot = mix(hash) & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = entry;
    });
  }

  /** The code of the bytes from `start` to `end`, whose hash is `hash`. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    for (let slot = mix(hash) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot] as number;
      if (entry < 0) return ABSENT;
      const word = this.#words[entry] as Uint8Array;
      if (word.length !== end - start) continue;
      let at = 0;
      while (at < word.length && word[at] === bytes[start + at]) at += 1;
      if (at === word.length) return this.#codes[entry] as number;
    }
  }

  /** Like {@link find}, for bytes whose hash is not known. */
  search(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let index = start; index < end; index += 1) hash = step(hash, bytes[index] as number);
    return this.find(bytes, start, end, hash);
  }
}

/** The hash of a text with one more byte; it starts at 0. */
export function step(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}
