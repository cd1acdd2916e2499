import type { Delimiter } from "../contract";
import { openCsv } from "../csv/records";
import type { CsvSource } from "../csv/source";
import { DataSetError } from "../errors";
import { listed, trimField } from "../text";

/** A data file in memory, column by column. */
export interface Sample {
  readonly header: readonly string[];
  readonly delimiter: Delimiter;
  /** Trimmed texts, one list per column of the header. */
  readonly columns: readonly (readonly string[])[];
  readonly rows: number;
  /** Rows left out because their number of fields differs from the header's. */
  readonly ragged: number;
  /** Whether the file has more rows than were looked at. */
  readonly cut: boolean;
}

/**
 * Reads the first `maximumRows` rows of a CSV.
 *
 * @throws {@link DataSetError} what opening throws, `no_rows`, and `column_missing` when a name is not in the header.
 */
export async function readSample(
  source: CsvSource,
  options: { readonly name: string; readonly maximumRows: number; readonly needed: readonly string[] },
): Promise<Sample> {
  const { header, delimiter, batches } = await openCsv(source, { name: options.name });
  refuseAbsent(header, options);
  const columns: string[][] = header.map(() => []);
  let rows = 0;
  let ragged = 0;
  let cut = false;
  for await (const batch of batches) {
    for (const { fields } of batch) {
      if (fields.length !== header.length) ragged += 1;
      else {
        if (rows === options.maximumRows) cut = true;
        if (cut) break;
        rows += 1;
        for (let index = 0; index < fields.length; index += 1) columns[index]?.push(trimField(fields[index] ?? ""));
      }
    }
    if (cut) break;
  }
  if (rows === 0) {
    const why =
      ragged === 0 ? "has a header but no rows" : `has no row with as many fields as its header (${header.length})`;
    throw new DataSetError("no_rows", `${options.name} ${why}. Give a CSV with a header line and rows.`, { ragged });
  }
  return { header, delimiter, columns, rows, ragged, cut };
}

function refuseAbsent(
  header: readonly string[],
  { name, needed }: { readonly name: string; readonly needed: readonly string[] },
): void {
  const absent = needed.filter((column) => !header.includes(column));
  if (absent.length === 0) return;
  const alike = absent.flatMap((column) => {
    const found = header.find((candidate) => sameWords(candidate, column));
    return found === undefined ? [] : [`Did you mean ${JSON.stringify(found)}?`];
  });
  const remedy = alike[0] ?? "Give names from the header.";
  const message = `${name} has no column ${listed(absent)}; it has ${listed(header, 25)}. ${remedy}`;
  throw new DataSetError("column_missing", message, { columns: absent, header });
}

function sameWords(a: string, b: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  return plain(a) !== "" && plain(a) === plain(b);
}
