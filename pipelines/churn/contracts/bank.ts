import { boolean, category, defineContract, integer, number } from "@sagewright/contract";

/** Customers of a European bank (10,000 rows): account, products held, and whether they left. Amounts are in euros. */
export const bank = defineContract({
  name: "bank-churn",
  id: ["CustomerId"],
  ignore: ["RowNumber", "Surname"],
  target: { column: "Exited", positive: "1", negative: "0" },
  columns: {
    CreditScore: integer({ minimum: 300, maximum: 850 }),
    Geography: category(["France", "Germany", "Spain"], { required: true }),
    Gender: category(["Female", "Male"], { required: true }),
    Age: integer({ minimum: 18, maximum: 120, unit: "years", required: true }),
    Tenure: integer({ minimum: 0, maximum: 80, unit: "years" }),
    Balance: number({ minimum: 0, unit: "EUR" }),
    NumOfProducts: integer({ minimum: 1, maximum: 4, changeable: true }),
    HasCrCard: boolean({ true: "1", false: "0", changeable: true }),
    IsActiveMember: boolean({ true: "1", false: "0", changeable: true }),
    EstimatedSalary: number({ minimum: 0, unit: "EUR" }),
  },
  segments: ["Geography", "Gender"],
});
