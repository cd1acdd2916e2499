/** The words of a column name in lower case: `CustomerId`, `customer_id` and `Customer ID` have the same two. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

const IDENTIFIERS = new Set([
  "id",
  "ids",
  "uuid",
  "guid",
  "identifier",
  "key",
  "customerid",
  "userid",
  "accountid",
  "clientid",
  "email",
  "phone",
  "msisdn",
  "iban",
  "ssn",
]);
const PEOPLE = new Set(["customer", "client", "account", "user", "member", "subscriber", "policyholder", "contract"]);
const COUNTS = new Set(["count", "number", "num", "no", "nr", "total", "calls", "times", "qty", "quantity"]);

/** Whether a name says that the column identifies something: `CustomerId`, `phone`, `Customer`. */
export function namesAnIdentifier(name: string): boolean {
  const words = wordsOf(name);
  const only = words.length === 1 && PEOPLE.has(words[0] ?? "");
  return only || words.some((word) => IDENTIFIERS.has(word));
}

/** Whether an identifier is one of a person or an account, so that a repeated one is a repeated customer. */
export function namesACustomer(name: string): boolean {
  const words = wordsOf(name);
  const bare = words.length === 1 && words[0] === "id";
  return bare || words.some((word) => PEOPLE.has(word) || /^(customer|user|account|client)id$/.test(word));
}

/** Whether a name says that the column counts something, so that 0 and 1 are only its smallest values. */
export function namesACount(name: string): boolean {
  return wordsOf(name).some((word) => COUNTS.has(word));
}
