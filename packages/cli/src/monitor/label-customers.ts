import type { Contract } from "@sagewright/contract";
import { customerDigest } from "@sagewright/monitoring";

/** Whose label it is, as far as a file of labels says. */
export interface LabelCustomers {
  /** The digest under which a row's customer goes; empty where the row names none. */
  digestOf(fields: readonly string[]): string;
  /** Columns by which they are told apart; empty where they are not. */
  readonly columns: readonly string[];
  /** By which columns customers are told apart, or why they are not; one sentence for people. */
  readonly sentence: string;
}

/** What is known of a file of labels. */
export interface LabelFile {
  readonly header: readonly string[];
  /** Place of the prediction's id, which is no customer's. */
  readonly id: number;
  /** Place of the column that somebody named. @default nobody named one */
  readonly named?: number | undefined;
  /** The model's contract. @default it is not known which model the labels are of */
  readonly contract?: Contract | undefined;
}

/**
 * Tells customers apart by the column that somebody named, else by the id columns of the contract, as rows of history are: the same
 * customer has the same digest in both.
 */
export function labelCustomers({ header, id, named, contract }: LabelFile): LabelCustomers {
  if (named !== undefined) return by([named], header, []);
  if (contract === undefined)
    return nobody("it is not known which model the labels are of; name it, or a column with --customer");
  if (contract.id.length === 0) return nobody(`the contract ${contract.name} names no column of ids`);
  const places = contract.id.map((name) => header.indexOf(name));
  const absent = contract.id.filter((_, index) => places[index] === -1);
  if (absent.length > 0) return nobody(`the file has no column ${absent.join(", ")}, by which the contract names them`);
  if (places.length === 1 && places[0] === id)
    return nobody(`${contract.id[0]}, by which the contract names them, is the predictions' id here`);
  return by(places, header, contract.missing);
}

function by(places: readonly number[], header: readonly string[], missing: readonly string[]): LabelCustomers {
  const columns = places.map((place) => header[place] ?? "");
  return {
    columns,
    sentence: `customers are told apart by ${columns.join(", ")}, of which digests alone are kept`,
    digestOf(fields) {
      const ids = places.map((place) => (fields[place] ?? "").trim());
      return ids.every((text) => text === "" || missing.includes(text)) ? "" : customerDigest(...ids);
    },
  };
}

function nobody(because: string): LabelCustomers {
  return {
    columns: [],
    sentence: `customers are not told apart, and each prediction is a row of its own in training: ${because}`,
    digestOf: () => "",
  };
}
