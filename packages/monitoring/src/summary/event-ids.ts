/**
 * A set of event ids in bounded memory: 64 bits of each id in an open table that doubles up to a limit. Two different ids
 * are taken for the same in about one of 10^6 sets of five million.
 */
export class EventIds {
  readonly #most: number;
  #size = 0;
  #high: Uint32Array;
  #low: Uint32Array;

  /** @param most - ids that are kept; what comes beyond is not held against anything. @default 10 million, in 128 MB */
  constructor(most = 10_000_000) {
    this.#most = most;
    this.#high = new Uint32Array(FIRST_SLOTS);
    this.#low = new Uint32Array(FIRST_SLOTS);
  }

  get size(): number {
    return this.#size;
  }

  /** `new`: taken; `seen`: was there; `full`: neither is known, as there are more than the set takes. */
  add(id: string): "new" | "seen" | "full" {
    const [high, low] = hash(id);
    return this.#put(high, low);
  }

  /** The set as bytes, for going on with it in another process. */
  toBytes(): Uint8Array {
    const words = new Uint32Array(2 * this.#size);
    let at = 0;
    this.#high.forEach((high, slot) => {
      const low = this.#low[slot] as number;
      if (high === 0 && low === 0) return;
      words[at] = high;
      words[at + 1] = low;
      at += 2;
    });
    return new Uint8Array(words.buffer);
  }

  /** The set that {@link EventIds.toBytes} wrote, on a machine of the same byte order. */
  static fromBytes(bytes: Uint8Array, most?: number): EventIds {
    const words = new Uint32Array(bytes.slice().buffer);
    const ids = new EventIds(most);
    // The ids come in the order of slots: put into a smaller table they would all crowd together.
    while (ids.#high.length * 3 < words.length * 2) ids.#grow();
    for (let at = 0; at + 1 < words.length; at += 2) ids.#put(words[at] as number, words[at + 1] as number);
    return ids;
  }

  #put(high: number, low: number): "new" | "seen" | "full" {
    const slot = this.#find(high, low);
    if (this.#high[slot] !== 0 || this.#low[slot] !== 0) return "seen";
    if (this.#size >= this.#most) return "full";
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#size += 1;
    if (this.#size * 4 > this.#high.length * 3) this.#grow();
    return "new";
  }

  /** The slot of an id, or the free one where it belongs. */
  #find(high: number, low: number): number {
    const mask = this.#high.length - 1;
    let slot = low & mask;
    for (;;) {
      const [foundHigh, foundLow] = [this.#high[slot], this.#low[slot]];
      if ((foundHigh === high && foundLow === low) || (foundHigh === 0 && foundLow === 0)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const [highs, lows] = [this.#high, this.#low];
    this.#high = new Uint32Array(highs.length * 2);
    this.#low = new Uint32Array(highs.length * 2);
    for (let at = 0; at < highs.length; at += 1) {
      const [high, low] = [highs[at] as number, lows[at] as number];
      if (high === 0 && low === 0) continue;
      const slot = this.#find(high, low);
      this.#high[slot] = high;
      this.#low[slot] = low;
    }
  }
}

const FIRST_SLOTS = 1_024;

/** Two multiplicative hashes of 32 bits that are mixed in the end, as MurmurHash3 does; never both 0. */
function hash(text: string): [number, number] {
  let [one, other] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x85ebca6b);
    other = Math.imul(other ^ unit, 0xc2b2ae35);
    one ^= one >>> 15;
    other ^= other >>> 13;
  }
  const high = mixed(one ^ Math.imul(other, 0x9e3779b1));
  const low = mixed(other ^ Math.imul(high, 0x27d4eb2f));
  return high === 0 && low === 0 ? [1, 1] : [high, low];
}

function mixed(value: number): number {
  let mix = value ^ (value >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
