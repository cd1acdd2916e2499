/** Forms of secrets that must never stand in a file. */
const SECRETS: readonly RegExp[] = [
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /hooks\.slack\.com\/(services|workflows)\//,
  /\bxox[abposr]-/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9/+]{40}$/,
  /^R[0-9A-Z]{31}$/,
  /^[0-9a-f]{32}$/,
  /\bATATT3[\w-]{20,}/,
];

/** Whether a value looks like a secret: an access key, a webhook's address, a token, a private key. */
export function secretIn(value: unknown): boolean {
  return typeof value === "string" && SECRETS.some((form) => form.test(value));
}

/** Paths of every text within a value that looks like a secret. */
export function secretsWithin(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (secretIn(value)) return [[...path]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    secretsWithin(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
