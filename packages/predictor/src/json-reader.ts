import { PredictorFormatError } from "./errors";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Reads untrusted JSON member by member; every refusal names the path. */
export class JsonReader {
  private constructor(
    private readonly value: JsonValue | undefined,
    /** The path of this value, for messages. */
    readonly where: string,
  ) {}

  /** @throws {@link PredictorFormatError} when `text` is not JSON. */
  static parse(text: string, where: string): JsonReader {
    try {
      return new JsonReader(JSON.parse(text) as JsonValue, where);
    } catch (cause) {
      throw new PredictorFormatError(where, "is not JSON", { cause });
    }
  }

  /** The reader of a member, which may turn out to be absent. */
  member(name: string): JsonReader {
    const members = this.object();
    return new JsonReader(Object.hasOwn(members, name) ? members[name] : undefined, `${this.where}.${name}`);
  }

  object(): { readonly [key: string]: JsonValue } {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) this.refuse("an object");
    return this.value as { readonly [key: string]: JsonValue };
  }

  items(): JsonReader[] {
    if (!Array.isArray(this.value)) this.refuse("a list");
    const list = this.value as readonly JsonValue[];
    return list.map((item, index) => new JsonReader(item, `${this.where}[${index}]`));
  }

  string(): string {
    if (typeof this.value !== "string") return this.refuse("a string");
    return this.value;
  }

  /** A finite number between the bounds. */
  number(minimum = -Infinity, maximum = Infinity): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isFinite(value) || value < minimum || value > maximum) {
      return this.refuse(`a number${range(minimum, maximum)}`);
    }
    return value;
  }

  integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      return this.refuse(`an integer${range(minimum, maximum)}`);
    }
    return value;
  }

  oneOf<Choice extends string>(...choices: readonly Choice[]): Choice {
    return choices.find((choice) => choice === this.value) ?? this.refuse(`one of ${choices.join(", ")}`);
  }

  /** Absent and null read as undefined. */
  optional<Value>(read: (reader: this) => Value): Value | undefined {
    return this.value === undefined || this.value === null ? undefined : read(this);
  }

  private refuse(expected: string): never {
    const received = this.value === undefined ? "nothing" : (JSON.stringify(this.value) ?? "").slice(0, 60);
    throw new PredictorFormatError(this.where, `expected ${expected}, received ${received}`);
  }
}

function range(minimum: number, maximum: number): string {
  if (minimum === -Infinity && maximum === Infinity) return "";
  return maximum >= Number.MAX_SAFE_INTEGER ? ` of at least ${minimum}` : ` between ${minimum} and ${maximum}`;
}
