import {
  boolean,
  type Contract,
  ContractError,
  ContractInvalidError,
  category,
  contractJson,
  DEFAULT_MISSING,
  defineContract,
  integer,
  number,
  readContract,
} from "@sagewright/contract";

const telecom = defineContract({
  name: "telecom-churn",
  ignore: ["rownames"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: {
    plan: category(["basic", "gold"]),
    active: boolean({ true: "yes", false: ["no", "never"], changeable: true }),
    months: integer({ minimum: 0, maximum: 400, unit: "months", required: true }),
    spend: number({ description: "per month", impute: { constant: 0 } }),
  },
  segments: ["plan"],
});

const expected = `{
  "format": 1,
  "name": "telecom-churn",
  "missing": [
    "",
    "?",
    "NA",
    "N/A",
    "NaN",
    "null",
    "None",
    "Unknown"
  ],
  "id": [],
  "ignore": [
    "rownames"
  ],
  "target": {
    "column": "churn",
    "kind": "binary",
    "positive": [
      "yes"
    ],
    "negative": [
      "no"
    ]
  },
  "columns": [
    {
      "name": "plan",
      "type": "category",
      "categories": [
        "basic",
        "gold"
      ],
      "unknown": "refuse"
    },
    {
      "name": "active",
      "type": "boolean",
      "true": [
        "yes"
      ],
      "false": [
        "no",
        "never"
      ],
      "changeable": true
    },
    {
      "name": "months",
      "type": "integer",
      "minimum": 0,
      "maximum": 400,
      "unit": "months",
      "required": true
    },
    {
      "name": "spend",
      "type": "number",
      "description": "per month",
      "impute": {
        "constant": 0
      }
    }
  ],
  "segments": [
    "plan"
  ]
}
`;

describe("defineContract", () => {
  test("writes contract.json, format 1", () => expect(contractJson(telecom)).toBe(expected));

  test("knows its columns' names", () => {
    const named: Contract<"plan" | "active" | "months" | "spend"> = telecom;
    // @ts-expect-error a name that is no column does not compile
    const other: Contract<"plan"> = telecom;
    expect(named).toBe(other);
  });

  test("writes the same bytes whatever the order of a column's options", () => {
    const shuffled = readContract({ ...JSON.parse(expected), format: 1 });
    const { segments, columns, ...rest } = JSON.parse(expected);
    const reversed = columns.map((column: object) => Object.fromEntries(Object.entries(column).reverse()));
    expect(contractJson(readContract({ segments, columns: reversed, ...rest }))).toBe(contractJson(shuffled));
  });

  test("does not change when the definition's lists change later", () => {
    const plans = ["basic", "gold"];
    const contract = defineContract({
      name: "x",
      target: { column: "y", positive: "1", negative: "0" },
      columns: { plan: category(plans) },
    });
    plans.push("tin");
    expect(contract.columns).toEqual([
      { name: "plan", type: "category", categories: ["basic", "gold"], unknown: "refuse" },
    ]);
  });

  test("uses the usual markers unless told otherwise", () => expect(telecom.missing).toEqual(DEFAULT_MISSING));

  test("reports every problem at once, each with its place and a remedy", () => {
    const wrong = () =>
      defineContract({
        name: "a b",
        id: ["plan"],
        missing: ["", "no"],
        target: { column: "churn", positive: "yes", negative: ["no", "yes"] },
        columns: {
          plan: category([]),
          tier: category(["a", "a", " b"], { impute: "median" }),
          age: integer({ minimum: 9, maximum: 1, impute: { constant: 1.5 } }),
        },
      });
    expect(wrong).toThrow(ContractInvalidError);
    try {
      wrong();
    } catch (error) {
      const { issues } = error as ContractInvalidError;
      expect(issues.map((issue) => [issue.code, issue.path])).toEqual([
        ["shape_invalid_format", "name"],
        ["shape_too_small", "columns.plan.categories"],
        ["marker_is_value", "target.negative[0]"],
        ["values_overlap", "target.positive"],
        ["text_duplicate", "columns.tier.categories[1]"],
        ["text_untrimmed", "columns.tier.categories[2]"],
        ["impute_type", "columns.tier.impute"],
        ["range_empty", "columns.age.minimum"],
        ["impute_constant", "columns.age.impute.constant"],
      ]);
      expect(issues[6]?.message).toBe(
        'columns.tier.impute: "median" needs numbers, and the column is a category. Use "most_frequent" or a constant.',
      );
      expect(issues[7]?.message).toBe("columns.age.minimum: 9 is above the maximum 1. Swap or correct the two.");
    }
  });

  test.each([
    ["twice", { id: ["spend"] }, "column_duplicate"],
    ["segments of numbers", { segments: ["spend"] }, "segment_unknown"],
    ["unknown segments", { segments: ["colour"] }, "segment_unknown"],
    ["names with spaces at the ends", { ignore: [" a"] }, "column_name"],
    ["names that JavaScript reserves", { ignore: ["__proto__"] }, "column_reserved"],
  ])("refuses columns named %s", (_, change, code) => {
    const read = () => readContract({ ...JSON.parse(expected), ...change });
    expect(read).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ code })] }));
  });
});

describe("readContract", () => {
  test("reads what contractJson writes", () => expect(readContract(expected).toJSON()).toEqual(telecom.toJSON()));

  test("names a newer format and the remedy", () => {
    expect(() => readContract({ format: 2 })).toThrow(
      new ContractError(
        "contract_format_newer",
        "contract.json: format 2 was written by a newer Sagewright; this one reads formats up to 1. Update Sagewright.",
      ),
    );
  });

  test.each([
    ["{", "contract_unreadable"],
    ["[]", "contract_unreadable"],
    ["null", "contract_unreadable"],
    ["{}", "contract_format_unknown"],
    ['{"format":0}', "contract_format_unknown"],
    ['{"format":"1"}', "contract_format_unknown"],
    ['{"format":1}', "contract_invalid"],
  ])("%s: %s", (text, code) => expect(() => readContract(text)).toThrow(expect.objectContaining({ code })));
});
