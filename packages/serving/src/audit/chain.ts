import type { Hmac } from "node:crypto";
import { type AuditHead, BEGINNING } from "./entry";
import {
  blockMac,
  type headOf,
  lineMac,
  lineSum,
  MOST_IN_BLOCK,
  type Seal,
  sameMac,
  sealedLineOf,
  sealOf,
  sealOpening,
} from "./seal";

/** What is wrong with a log, and which lines it concerns. */
export interface Fault {
  readonly line: number;
  readonly lastLine: number;
  readonly reason: string;
}

const NOT_A_LINE = "the line is not one of an audit log";

/** Follows a log line by line and says where its chain breaks. */
export class AuditChain {
  readonly #secret: Uint8Array;
  readonly expected: ReturnType<typeof headOf>;
  readonly #since: AuditHead | undefined;
  #head: AuditHead = BEGINNING;
  #begun: number | undefined;
  #block: { readonly mac: Hmac; readonly sums: string[]; seq: number; at: string | undefined } | undefined;
  #last: string | undefined;
  #seals = 0;
  #passedExpected = false;
  #passedSince = false;

  /** @param since - an end that the log must go through; @param expected - the end that is kept beside the log */
  constructor(
    secret: Uint8Array,
    { since, expected }: { readonly since: AuditHead | undefined; readonly expected: ReturnType<typeof headOf> },
  ) {
    this.#secret = secret;
    this.#since = since;
    this.expected = expected;
    this.#pass(BEGINNING);
  }

  /** The last sealed line. */
  get head(): AuditHead {
    return this.#head;
  }

  /** Lines before the first one that is here. */
  get begun(): number {
    return this.#begun ?? 0;
  }

  /** When the last line was written. */
  get last(): string | undefined {
    return this.#last;
  }

  /** Takes the next line with its line end. */
  take(bytes: Buffer): Fault | undefined {
    const line = bytes.toString("latin1");
    if (!line.endsWith("\n")) return this.#unsealed("the log ends in the middle of a line");
    const text = line.slice(0, -1);
    const seal = sealOf(text);
    if (seal !== undefined) return this.#close(seal);
    const numbered = /^\{"seq":(\d{1,15}),/.exec(text);
    if (numbered === null) return this.#at(NOT_A_LINE);
    const seq = Number(numbered[1]);
    const due = (this.#block?.seq ?? this.#begin(seq)) + 1;
    if (seq !== due) {
      return this.#at(`line ${due} is due here, and this is line ${seq}: lines were removed, added or moved`);
    }
    const single = this.#block === undefined ? sealedLineOf(text) : undefined;
    if (single !== undefined) {
      const mac = lineMac(this.#secret, this.#head.mac, single.content);
      if (!sameMac(mac, single.mac)) return this.#at("the line, or the one before it, was changed");
      return this.#sealedUpTo({ seq, mac }, text);
    }
    this.#block ??= { mac: blockMac(this.#secret, this.#head.mac), sums: [], seq: seq - 1, at: undefined };
    if (this.#block.sums.length >= MOST_IN_BLOCK) return this.#at("the seal of the lines before it was removed");
    this.#block.mac.update(bytes);
    this.#block.sums.push(lineSum(bytes));
    this.#block.seq = seq;
    this.#block.at = text;
    return undefined;
  }

  /** A file of the log ends here; blocks never go over files. */
  endOfFile(): Fault | undefined {
    if (this.#block === undefined) return undefined;
    return this.#unsealed(
      "the lines at the end have no seal: they were added, or the process that wrote them was killed",
    );
  }

  /** The log ends here. */
  end(): Fault | undefined {
    const since = this.#since;
    if (since !== undefined && !this.#passedSince) {
      return this.#at(`the log ends here, and it had line ${since.seq} at the earlier check: the rest was removed`);
    }
    const { expected } = this;
    if (expected?.format === 1 && this.#seals > 0)
      return this.#at("the end kept beside the log was replaced by an old one");
    if (expected === undefined || this.#passedExpected) return undefined;
    return this.#at(`the log ends here, and ${expected.seq} lines were written: the rest was removed`);
  }

  #close(seal: Seal): Fault | undefined {
    const block = this.#block;
    const from = this.#head.seq + 1;
    if (block === undefined) return this.#at("the lines of this seal were removed");
    this.#block = undefined;
    const mac = block.mac.update(sealOpening(seal.from, seal.to, seal.sums)).digest("hex");
    if (seal.from === from && seal.to === block.seq && sameMac(mac, seal.mac)) {
      this.#seals += 1;
      return this.#sealedUpTo({ seq: seal.to, mac }, block.at ?? "");
    }
    const reason = "a line, or the seal before it, was changed";
    const changed = block.sums.findIndex((sum, index) => sum !== seal.sums.slice(index * 8, index * 8 + 8));
    if (changed === -1 || seal.sums.length !== block.sums.length * 8) {
      return { line: from, lastLine: block.seq, reason: `${reason}, or the seal of lines ${from} to ${block.seq}` };
    }
    return { line: from + changed, lastLine: from + changed, reason: "the line was changed" };
  }

  #sealedUpTo(head: AuditHead, line: string): Fault | undefined {
    this.#head = head;
    this.#last = /"at":"([^"]{1,40})"/.exec(line)?.[1];
    return this.#pass(head);
  }

  /** Notes the positions that the log is expected to go through. */
  #pass({ seq, mac }: AuditHead): Fault | undefined {
    const { expected } = this;
    const since = this.#since;
    if (since?.seq === seq) {
      if (!sameMac(since.mac, mac)) return this.#before("the line is not the one that the earlier check found");
      this.#passedSince = true;
    }
    if (expected?.seq === seq) {
      if (!sameMac(expected.mac, mac)) return this.#before("the line is not the one that was last written");
      this.#passedExpected = true;
    }
    return undefined;
  }

  /** The first line of all decides where the chain begins: with line 1, or right after an end that was kept elsewhere. */
  #begin(first: number): number {
    if (this.#begun === undefined) {
      this.#begun = 0;
      if (this.#since !== undefined && first === this.#since.seq + 1) {
        this.#head = this.#since;
        this.#begun = this.#since.seq;
        this.#pass(this.#since);
      }
    }
    return this.#head.seq;
  }

  #unsealed(reason: string): Fault {
    const remedy = "A server that writes the log next puts such lines aside";
    return {
      line: this.#head.seq + 1,
      lastLine: Math.max(this.#head.seq + 1, this.#block?.seq ?? 0),
      reason: `${reason}. ${remedy}`,
    };
  }

  #before(reason: string): Fault {
    return { line: this.#head.seq, lastLine: this.#head.seq, reason };
  }

  #at(reason: string): Fault {
    const line = (this.#block?.seq ?? this.#head.seq) + 1;
    return { line, lastLine: line, reason };
  }
}
