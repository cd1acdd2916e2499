import { type Contract, type JsonSchema, jsonSchema } from "@sagewright/contract";
import { scorableLimit } from "@sagewright/predictor";
import type { CustomerForm } from "./customer";

/**
 * The JSON Schema of a request's row: what {@link CustomerForm.json} accepts and a model can score, no more and no less.
 */
export function customerSchema(form: CustomerForm): JsonSchema {
  const { contract, own, example } = form;
  const { $schema: _, properties, ...schema } = jsonSchema(contract);
  const required = own.columns.map(({ name }) => name);
  const whole = { ...schema, required, examples: [example], properties: limited(contract, properties as Properties) };
  return form.lifetimeValue === undefined ? whole : { ...whole, anyOf: ways(form, form.lifetimeValue) };
}

type Properties = Readonly<Record<string, JsonSchema>>;

/** Sets the largest number that any model can score where the contract sets no limit. */
function limited({ columns }: Contract, properties: Properties): Properties {
  const entries = Object.entries(properties).map(([name, property]) => {
    const column = columns.find((candidate) => candidate.name === name);
    const limit = column === undefined ? null : scorableLimit(column.type);
    return [name, limit === null ? property : { minimum: -limit, maximum: limit, ...property }];
  });
  return Object.fromEntries(entries);
}

/** The ways to say nothing of the lifetime value, and then the one to say enough. */
function ways({ own, optional }: CustomerForm, lifetimeValue: Contract): JsonSchema[] {
  const needed = lifetimeValue.columns.filter(({ required }) => required === true).map(({ name }) => name);
  const unknown = (names: readonly string[]): JsonSchema => ({
    title: "Without a lifetime value",
    properties: Object.fromEntries(names.map((name) => [name, { type: "null" }])),
  });
  const without = optional.size > 0 ? [unknown([...optional])] : needed.map((name) => unknown([name]));
  const { properties } = jsonSchema(lifetimeValue) as { readonly properties: Properties };
  const ruled = lifetimeValue.columns.filter(
    ({ name, required }) => required === true || own.columns.some((column) => column.name === name),
  );
  const within = {
    title: "With a lifetime value",
    properties: Object.fromEntries(ruled.map(({ name }) => [name, rulesOf(properties[name] ?? {})])),
    required: needed.filter((name) => optional.has(name)),
  };
  return [...without, within];
}

const RULES = ["type", "enum", "minimum", "maximum", "not", "anyOf"];

/** The keywords that decide, without the words that are beside the column already. */
function rulesOf(property: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(property).filter(([keyword]) => RULES.includes(keyword)));
}
