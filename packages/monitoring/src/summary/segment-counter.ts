import type { Baseline } from "../baseline/baseline";
import { binCount, INVALID } from "./bins";
import type { SegmentSummary, Summary } from "./summary";

/** Segments that are values of the same column. */
interface SegmentGroup {
  readonly column: number;
  /** By code of the column: one more than the place among `members`, 0 for a value that is no segment. */
  readonly places: Uint16Array;
  /** Places among the summary's segments. */
  readonly members: readonly number[];
}

/** Below so many rows clearing a table would cost more than it saves. */
const FEW = 64;

/** Counts the rows of segments: made once for a baseline. */
export class SegmentCounter {
  readonly #groups: readonly SegmentGroup[];
  /** For each row of a block, the place of its segment in a group. */
  readonly #keys: Uint16Array;
  /** Counts by segment and bin, all zero between uses. */
  readonly #table: Uint32Array;

  /** @param most - rows of a block at most */
  constructor(baseline: Baseline, most: number) {
    this.#groups = groupsOf(baseline);
    this.#keys = new Uint16Array(most);
    const [members, bins] = [this.#groups.map(({ members }) => members.length), baseline.columns.map(binCount)];
    this.#table = new Uint32Array((Math.max(0, ...members) + 1) * (Math.max(0, ...bins) + 1));
  }

  /** Adds a block of rows. @param codes - bins by column */
  add(summary: Summary, codes: readonly Uint16Array[], rows: number): void {
    for (const group of this.#groups) {
      const found = codes[group.column] as Uint16Array;
      if (rows < FEW) for (let row = 0; row < rows; row += 1) addRow(summary, group, codes, row);
      else this.#addBlock(summary, group, found, codes, rows);
    }
  }

  #addBlock(
    summary: Summary,
    { places, members }: SegmentGroup,
    found: Uint16Array,
    codes: readonly Uint16Array[],
    rows: number,
  ): void {
    const [keys, table] = [this.#keys, this.#table];
    for (let row = 0; row < rows; row += 1) {
      const code = found[row] as number;
      keys[row] = code < places.length ? (places[code] as number) : 0;
    }
    codes.forEach((column, at) => {
      const size = summary.segments[members[0] as number]?.columns[at]?.length ?? 0;
      for (let row = 0; row < rows; row += 1) {
        const code = column[row] as number;
        const cell = (keys[row] as number) * size + (code < INVALID ? code : size - 1);
        table[cell] = (table[cell] as number) + 1;
      }
      members.forEach((member, place) => {
        const segment = summary.segments[member] as SegmentSummary;
        const bins = segment.columns[at] as Float64Array;
        const start = (place + 1) * size;
        for (let bin = 0; bin < size; bin += 1) {
          const count = table[start + bin] as number;
          bins[bin] = (bins[bin] as number) + count;
          if (at === 0) segment.rows += count;
        }
      });
      table.fill(0, 0, (members.length + 1) * size);
    });
  }
}

function addRow(summary: Summary, group: SegmentGroup, codes: readonly Uint16Array[], row: number): void {
  const code = codes[group.column]?.[row] ?? INVALID;
  const place = code < group.places.length ? (group.places[code] as number) : 0;
  if (place === 0) return;
  const segment = summary.segments[group.members[place - 1] as number] as SegmentSummary;
  segment.rows += 1;
  for (let at = 0; at < segment.columns.length; at += 1) {
    const bins = segment.columns[at] as Float64Array;
    const found = codes[at]?.[row] ?? INVALID;
    const bin = found < INVALID ? found : bins.length - 1;
    bins[bin] = (bins[bin] as number) + 1;
  }
}

function groupsOf({ columns, segments }: Baseline): SegmentGroup[] {
  const names = [...new Set(segments.map(({ column }) => column))];
  return names.flatMap((name) => {
    const column = columns.findIndex((each) => each.name === name);
    const found = columns[column];
    if (found === undefined || found.type === "number") return [];
    const members = segments.flatMap((segment, index) => (segment.column === name ? [index] : []));
    const places = Uint16Array.from(found.categories, (value) => {
      return 1 + members.findIndex((member) => segments[member]?.value === value);
    });
    return [{ column, places, members }];
  });
}
