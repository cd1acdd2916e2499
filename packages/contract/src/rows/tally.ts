import type { DataSetWarning, RowProblemCode } from "../check/problem";
import type { Contract } from "../contract";
import { DataSetError } from "../errors";
import type { AcceptedRow, QuarantinedRow } from "./checked-row";

/** Totals of a checked file. */
export interface CheckSummary {
  readonly read: number;
  readonly accepted: number;
  readonly quarantined: number;
  /** Quarantined rows by their first problem's code, in alphabetical order. */
  readonly byCode: Readonly<Partial<Record<RowProblemCode, number>>>;
  readonly warnings: readonly DataSetWarning[];
}

/** Counts rows while they are checked, and knows when a whole file is of no use. */
export class Tally {
  #accepted = 0;
  readonly #classes = new Set<number>();
  readonly #byCode = new Map<RowProblemCode, number>();
  #firstProblem = "";

  count<Row extends AcceptedRow | QuarantinedRow>(row: Row): Row {
    if (row.ok) {
      this.#accepted += 1;
      if (row.target !== undefined && this.#classes.size < 2) this.#classes.add(row.target);
    } else {
      const { code, message } = row.problems[0];
      this.#firstProblem ||= `line ${row.line}: ${message}`;
      this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    }
    return row;
  }

  refuseUseless(contract: Contract, { name, target }: { name: string; target: boolean }): void {
    const { quarantined, byCode } = this.summary([]);
    if (this.#accepted === 0 && (target || quarantined === 0)) {
      const codes = Object.entries(byCode).map(([code, count]) => `${code} ${count}`);
      const why =
        quarantined === 0
          ? `${name} has a header but no rows. Give rows.`
          : `All ${quarantined} rows of ${name} were quarantined (${codes.join(", ")}). The first, ${this.#firstProblem}`;
      throw new DataSetError("no_rows", why, { name, quarantined, byCode });
    }
    if (target && contract.target.kind === "binary" && this.#classes.size === 1) {
      const only = this.#classes.has(1) ? "positive" : "negative";
      const remedy = "Give rows of both outcomes, or correct the positive and negative values of the contract.";
      const { column } = contract.target;
      const message = `${name}: all usable rows have a ${only} ${column}, so there is nothing to tell apart. ${remedy}`;
      throw new DataSetError("target_one_class", message, { name, column, only });
    }
  }

  summary(warnings: readonly DataSetWarning[]): CheckSummary {
    const byCode = Object.fromEntries([...this.#byCode].sort(([a], [b]) => (a < b ? -1 : 1)));
    const quarantined = [...this.#byCode.values()].reduce((sum, count) => sum + count, 0);
    return { read: this.#accepted + quarantined, accepted: this.#accepted, quarantined, byCode, warnings };
  }
}
