import { category, defineContract, integer, number } from "@sagewright/contract";

/**
 * Customers of a subscription service (64,374 rows). The set separates its classes without error, which real customers never
 * do: it is here to show the leakage warning.
 */
export const subscription = defineContract({
  name: "subscription-churn",
  id: ["CustomerID"],
  target: { column: "Churn", positive: "1", negative: "0" },
  columns: {
    Age: integer({ minimum: 18, maximum: 120, unit: "years" }),
    Gender: category(["Female", "Male"]),
    Tenure: integer({ minimum: 0, unit: "months" }),
    "Usage Frequency": integer({ minimum: 0, unit: "uses a month" }),
    "Support Calls": integer({ minimum: 0, unit: "calls" }),
    "Payment Delay": integer({ minimum: 0, unit: "days" }),
    "Subscription Type": category(["Basic", "Standard", "Premium"], { changeable: true }),
    "Contract Length": category(["Monthly", "Quarterly", "Annual"], { changeable: true }),
    "Total Spend": number({ minimum: 0, unit: "USD" }),
    "Last Interaction": integer({ minimum: 0, unit: "days ago" }),
  },
  segments: ["Contract Length", "Subscription Type"],
});
