import { boolean, category, defineContract, integer, number } from "@sagewright/contract";

/**
 * Customers of a US telephone company (`mlc_churn` of the R package modeldata, 5,000 rows): plan, usage of a month by time of
 * day, calls to customer service, and whether they left.
 */
export const telecom = defineContract({
  name: "telecom-churn",
  id: ["rownames"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: {
    state: category([
      ...["AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS"],
      ...["KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV"],
      ...["NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY"],
    ]),
    account_length: integer({ minimum: 0, unit: "months", description: "How long the customer has been one" }),
    area_code: category(["area_code_408", "area_code_415", "area_code_510"]),
    international_plan: boolean({ true: "yes", false: "no", required: true, changeable: true }),
    voice_mail_plan: boolean({ true: "yes", false: "no", required: true, changeable: true }),
    number_vmail_messages: integer({ minimum: 0, unit: "messages" }),
    total_day_minutes: number({ minimum: 0, unit: "minutes" }),
    total_day_calls: integer({ minimum: 0, unit: "calls" }),
    total_day_charge: number({ minimum: 0, unit: "USD" }),
    total_eve_minutes: number({ minimum: 0, unit: "minutes" }),
    total_eve_calls: integer({ minimum: 0, unit: "calls" }),
    total_eve_charge: number({ minimum: 0, unit: "USD" }),
    total_night_minutes: number({ minimum: 0, unit: "minutes" }),
    total_night_calls: integer({ minimum: 0, unit: "calls" }),
    total_night_charge: number({ minimum: 0, unit: "USD" }),
    total_intl_minutes: number({ minimum: 0, unit: "minutes", description: "International calls" }),
    total_intl_calls: integer({ minimum: 0, unit: "calls", description: "International calls" }),
    total_intl_charge: number({ minimum: 0, unit: "USD", description: "International calls" }),
    number_customer_service_calls: integer({ minimum: 0, unit: "calls" }),
  },
  segments: ["international_plan", "voice_mail_plan", "area_code"],
});
