/** A share for people: `9 %`, `0.4 %`, `< 0.1 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  if (value > 99.9 && value < 100) return "> 99.9 %";
  const digits = value < 10 ? 1 : 0;
  return `${Number(value.toFixed(digits))} %`;
}

/** A number for people: three significant digits, more where they are whole, with thousands separators. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-3)) return value.toPrecision(3);
  const rounded = size >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** `1 prediction`, `2,000 predictions`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** `rose` or `fell`. */
export function moved(from: number, to: number): "rose" | "fell" {
  return to >= from ? "rose" : "fell";
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(texts: readonly string[]): string {
  return texts.join(", ").replace(/, ([^,]*)$/, " and $1");
}
