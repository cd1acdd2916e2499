import { type Contract, defineContract, integer } from "@sagewright/contract";
import { customerDigest } from "@sagewright/monitoring";
import { labelCustomers } from "../../../src/monitor/label-customers";

/** By which columns of a file of labels customers are told apart. */
const contract = (id: string[]): Contract =>
  defineContract({
    name: "tiny",
    id,
    target: { column: "left", positive: "1", negative: "0" },
    columns: { tenure: integer() },
  });
const header = ["prediction_id", "branch", "customer", "left"];
const apart = "customers are not told apart, and each prediction is a row of its own in training: ";

test("the contract's ids do, together where there are several; a row that names none is nobody's", () => {
  const { digestOf, columns, sentence } = labelCustomers({ header, id: 0, contract: contract(["branch", "customer"]) });
  expect(columns).toEqual(["branch", "customer"]);
  expect(sentence).toBe("customers are told apart by branch, customer, of which digests alone are kept");
  expect(digestOf(["p", " north", "c1 ", "1"])).toBe(customerDigest("north", "c1"));
  expect(digestOf(["p", "", "", "1"])).toBe("");
});

test("a column that somebody names comes before the contract's", () => {
  const { columns, digestOf } = labelCustomers({ header, id: 0, named: 1, contract: contract(["customer"]) });
  expect([columns, digestOf(["p", "north", "c1", "1"])]).toEqual([["branch"], customerDigest("north")]);
});

test.each([
  ["no model", undefined, 0, "it is not known which model the labels are of; name it, or a column with --customer"],
  ["no id in the contract", contract([]), 0, "the contract tiny names no column of ids"],
  ["no such column", contract(["account"]), 0, "the file has no column account, by which the contract names them"],
  ["the predictions' id", contract(["prediction_id"]), 0, "prediction_id, by which the contract names them, is the"],
])("where they cannot be, with %s, that is said", (_, given, id, because) => {
  const { columns, digestOf, sentence } = labelCustomers({ header, id, contract: given });
  expect([columns, digestOf(["p", "north", "c1", "1"])]).toEqual([[], ""]);
  expect(sentence).toContain(`${apart}${because}`);
});
