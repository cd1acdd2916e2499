const YES = ["yes", "ja", "oui", "si", "sí", "sim", "y", "true", "t", "on", "1", "1.0"];
const NO = ["no", "nein", "non", "nee", "não", "n", "false", "f", "off", "0", "0.0"];
const GONE = [
  "churn",
  "churned",
  "left",
  "exited",
  "cancelled",
  "canceled",
  "cancel",
  "lost",
  "closed",
  "attrited",
  "attrited customer",
  "terminated",
  "inactive",
  "gone",
  "positive",
];
const STAYED = [
  "no churn",
  "not churned",
  "stayed",
  "retained",
  "kept",
  "active",
  "existing",
  "existing customer",
  "open",
  "loyal",
  "negative",
  "joined",
];

/** Spellings of one value: the same text without regard to case, or the same 0/1 in another notation. */
export function spellingKey(text: string): string {
  const key = text.toLowerCase();
  if (key === "1.0") return "1";
  return key === "0.0" ? "0" : key;
}

/** Whether a text is a usual way to write yes (true) or no (false); undefined when it is neither. */
export function truthOf(text: string): boolean | undefined {
  const key = text.toLowerCase();
  if (YES.includes(key)) return true;
  return NO.includes(key) ? false : undefined;
}

/** Whether a target's text usually means that the customer left (true) or stayed (false). */
export function eventOf(text: string): boolean | undefined {
  const key = text.toLowerCase();
  if (GONE.includes(key)) return true;
  return STAYED.includes(key) ? false : truthOf(text);
}
