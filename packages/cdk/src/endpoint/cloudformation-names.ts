/** An API request's members under CloudFormation's own names in CDK: `{ AlarmName: "a" }` is `{ alarmName: "a" }`. */
export type PropsOf<T> = T extends readonly (infer Item)[]
  ? PropsOf<Item>[]
  : T extends object
    ? { [K in keyof T as K extends string ? Uncapitalize<K> : K]: PropsOf<T[K]> }
    : T;

/** {@link PropsOf} of a value. */
export function propsOf<T>(request: T): PropsOf<T> {
  if (Array.isArray(request)) return request.map((item: unknown) => propsOf(item)) as PropsOf<T>;
  if (typeof request !== "object" || request === null) return request as PropsOf<T>;
  return Object.fromEntries(
    Object.entries(request).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), propsOf(value)]),
  ) as PropsOf<T>;
}
