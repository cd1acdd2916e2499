/**
 * The walk through the trees as a WebAssembly module of about one kilobyte, assembled here so that its unrolled loops
 * can be read: V8 keeps bounds checks in loops over typed arrays, which makes the same walk 1.5 times slower there.
 *
 * A node is two 32-bit words, loaded at once: `rank << 14 | byte offset of the feature's code`, and the address of its
 * first child (the second lies 8 bytes further; a leaf names itself). Codes are stored as `rank << 14`, so `word - code`
 * is negative exactly when the value's rank exceeds the threshold's, and its sign bit selects the child: no branches.
 *
 * @see https://webassembly.github.io/spec/core/binary/index.html
 */

/** Walks that run side by side to hide the latency of memory. */
export const LANES = 8;

/** Bits of a node's first word that hold the byte offset of the feature's code. */
export const OFFSET_BITS = 14;

const I32 = 0x7f;
const I64 = 0x7e;
const EMPTY = 0x40;

/** One instruction: its opcode and immediates. */
const op = {
  loop: [0x03, EMPTY],
  end: [0x0b],
  repeatIf: [0x0d, 0],
  add: [0x6a],
  sub: [0x6b],
  and: [0x71],
  shiftLeft: [0x74],
  shiftRight: [0x76],
  shiftRightI64: [0x88],
  lowHalf: [0xa7],
  addF64: [0xa0],
  get: (local: number) => [0x20, ...unsigned(local)],
  set: (local: number) => [0x21, ...unsigned(local)],
  tee: (local: number) => [0x22, ...unsigned(local)],
  constant: (value: number) => [0x41, ...signed(value)],
  constantI64: (value: number) => [0x42, ...signed(value)],
  load: (offset: number) => [0x28, 2, ...unsigned(offset)],
  loadI64: (offset: number) => [0x29, 3, ...unsigned(offset)],
  loadF64: (offset: number) => [0x2b, 3, ...unsigned(offset)],
  store: (offset: number) => [0x36, 2, ...unsigned(offset)],
  storeF64: (offset: number) => [0x39, 3, ...unsigned(offset)],
};

/**
 * A module that imports memory `e.m` and exports
 *
 * - `rows(root, levels, codes, stride, groups, sums, values)`: takes groups of eight rows through one tree and adds the
 *   leaf values (at the leaf's address + `values`) to the rows' float64 `sums`;
 * - `trees(roots, levels, groups, codes, leaves)`: takes one row through groups of eight trees and stores the addresses
 *   of the leaves.
 */
export function walkModule(): Uint8Array<ArrayBuffer> {
  const functions = [rowsFunction(), treesFunction()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map(({ parameters }) => [0x60, ...list(Array(parameters).fill([I32])), 0]))),
    ...section(2, list([[...text("e"), ...text("m"), 2, 0, 1]])),
    ...section(3, list([[0], [1]])),
    ...section(7, list(functions.map(({ name }, index) => [...text(name), 0, index]))),
    ...section(
      10,
      list(
        functions.map(({ locals, body }) =>
          sized([
            ...list([
              [...unsigned(locals), I32],
              [1, I64],
            ]),
            ...body,
            ...op.end,
          ]),
        ),
      ),
    ),
  ]);
}

interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** 32-bit locals beside the parameters; one of 64 bits follows them. */
  readonly locals: number;
  readonly body: number[];
}

const lanes = Array.from({ length: LANES }, (_, lane) => lane);

function rowsFunction(): WasmFunction {
  const [root, levels, codes, stride, groups, sums, values, level, word] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const node = (lane: number) => 9 + lane;
  const row = (lane: number) => 9 + LANES + lane;
  const start = lanes.flatMap((lane) => [
    ...[...op.get(root), ...op.set(node(lane))],
    ...(lane === 0 ? op.get(codes) : [...op.get(row(lane - 1)), ...op.get(stride), ...op.add]),
    ...op.set(row(lane)),
  ]);
  const addLeaves = lanes.flatMap((lane) => [
    ...[...op.get(sums), ...op.get(sums), ...op.loadF64(8 * lane)],
    ...[...op.get(node(lane)), ...op.get(values), ...op.add, ...op.loadF64(0)],
    ...[...op.addF64, ...op.storeF64(8 * lane)],
  ]);
  const body = [
    ...op.loop,
    ...start,
    ...[...op.get(levels), ...op.set(level)],
    ...descend({ level, word, both: 9 + 2 * LANES, node, row }),
    ...addLeaves,
    ...[...op.get(row(LANES - 1)), ...op.get(stride), ...op.add, ...op.set(codes)],
    ...increment(sums, 8 * LANES),
    ...countDown(groups),
    ...op.end,
  ];
  return { name: "rows", parameters: 7, locals: 2 + 2 * LANES, body };
}

function treesFunction(): WasmFunction {
  const [roots, levels, groups, codes, leaves, level, word] = [0, 1, 2, 3, 4, 5, 6];
  const node = (lane: number) => 7 + lane;
  const body = [
    ...op.loop,
    ...lanes.flatMap((lane) => [...op.get(roots), ...op.load(4 * lane), ...op.set(node(lane))]),
    ...[...op.get(levels), ...op.load(0), ...op.set(level)],
    ...descend({ level, word, both: 7 + LANES, node, row: () => codes }),
    ...lanes.flatMap((lane) => [...op.get(leaves), ...op.get(node(lane)), ...op.store(4 * lane)]),
    ...increment(roots, 4 * LANES),
    ...increment(leaves, 4 * LANES),
    ...increment(levels, 4),
    ...countDown(groups),
    ...op.end,
  ];
  return { name: "trees", parameters: 5, locals: 2 + LANES, body };
}

/** Which locals a descent uses; `both` holds 64 bits. */
interface DescentLocals {
  readonly level: number;
  readonly word: number;
  readonly both: number;
  readonly node: (lane: number) => number;
  readonly row: (lane: number) => number;
}

/** Moves every lane down by one level, `level` times (at least once). */
function descend({ level, word, both, node, row }: DescentLocals): number[] {
  const step = (lane: number) => [
    ...[...op.get(node(lane)), ...op.loadI64(0), ...op.tee(both)],
    ...[...op.constantI64(32), ...op.shiftRightI64, ...op.lowHalf],
    ...[...op.get(both), ...op.lowHalf, ...op.tee(word)],
    ...[
      ...op.get(word),
      ...op.constant((1 << OFFSET_BITS) - 1),
      ...op.and,
      ...op.get(row(lane)),
      ...op.add,
      ...op.load(0),
    ],
    ...[...op.sub, ...op.constant(31), ...op.shiftRight, ...op.constant(3), ...op.shiftLeft],
    ...[...op.add, ...op.set(node(lane))],
  ];
  return [...op.loop, ...lanes.flatMap(step), ...countDown(level), ...op.end];
}

function increment(local: number, by: number): number[] {
  return [...op.get(local), ...op.constant(by), ...op.add, ...op.set(local)];
}

function countDown(local: number): number[] {
  return [...op.get(local), ...op.constant(1), ...op.sub, ...op.tee(local), ...op.repeatIf];
}

function section(id: number, content: number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function list(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(characters: string): number[] {
  return sized([...characters].map((character) => character.charCodeAt(0)));
}

/** LEB128 of a number that is not negative. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a number that is not negative. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}
