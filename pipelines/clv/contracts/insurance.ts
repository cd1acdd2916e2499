import { category, defineContract, integer, number } from "@sagewright/contract";

/**
 * Customers of a US motor insurer (9,134 rows) and what each is worth to it over the years. Amounts are in US dollars.
 *
 * One customer in seven is listed two or more times, equal in everything but state and policy. Those three columns stay
 * out, so that the copies are equal rows and the split keeps them together; with them, the test split would hold
 * customers that training has seen. They add nothing that the other columns do not say.
 */
export const insurance = defineContract({
  name: "insurance-clv",
  id: ["Customer"],
  ignore: [
    "State",
    "Policy Type",
    "Policy",
    // A day of two months in 2011, written as 2/24/11 and as 01-01-11.
    "Effective To Date",
    // The answer to an offer: not known before it is made, and nothing to do with leaving.
    "Response",
  ],
  target: { column: "Customer Lifetime Value", kind: "regression", minimum: 0 },
  columns: {
    Coverage: category(["Basic", "Extended", "Premium"], { required: true, changeable: true }),
    Education: category(["High School or Below", "College", "Bachelor", "Master", "Doctor"]),
    EmploymentStatus: category(["Employed", "Unemployed", "Medical Leave", "Disabled", "Retired"]),
    Gender: category(["F", "M"]),
    Income: integer({ minimum: 0, unit: "USD a year", description: "0 for customers without work" }),
    "Location Code": category(["Rural", "Suburban", "Urban"]),
    "Marital Status": category(["Divorced", "Married", "Single"]),
    "Monthly Premium Auto": integer({ minimum: 0, unit: "USD a month", required: true }),
    "Months Since Last Claim": integer({ minimum: 0, unit: "months" }),
    "Months Since Policy Inception": integer({ minimum: 0, unit: "months" }),
    "Number of Open Complaints": integer({ minimum: 0, unit: "complaints" }),
    "Number of Policies": integer({ minimum: 1, unit: "policies", required: true }),
    "Renew Offer Type": category(["Offer1", "Offer2", "Offer3", "Offer4"], { changeable: true }),
    "Sales Channel": category(["Agent", "Branch", "Call Center", "Web"]),
    "Total Claim Amount": number({ minimum: 0, unit: "USD" }),
    "Vehicle Class": category(["Two-Door Car", "Four-Door Car", "SUV", "Sports Car", "Luxury SUV", "Luxury Car"]),
    "Vehicle Size": category(["Small", "Medsize", "Large"]),
  },
  segments: ["Coverage", "EmploymentStatus", "Vehicle Class"],
});
