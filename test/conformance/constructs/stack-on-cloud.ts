import { isDeepStrictEqual } from "node:util";
import type { Cloud } from "@sagewright/local";
import type { Made, Maker } from "./maker";
import { makersOf } from "./resource-makers";
import { inOrder, readTemplate, resolved, type Template } from "./template";

/** What may differ from CloudFormation. */
export interface ApplyOptions {
  /** Changes the variables of a function. @default they stay as they are */
  readonly environmentOf?: (variables: Record<string, string>) => Record<string, string>;
  /** Makers beside the usual ones, or in their place. */
  readonly makers?: (usual: Readonly<Record<string, Maker>>) => Readonly<Record<string, Maker>>;
  /** What stacks before it have exported; what it exports is added. */
  readonly exported?: Map<string, unknown>;
}

/** A resource that is there, as it was asked for. */
interface Placed {
  readonly made: Made;
  readonly type: string;
  readonly properties: object;
}

/** What a change does while it goes on: each time it wants a minute to pass. */
export type Minutes<T> = AsyncGenerator<"a minute", T>;

/**
 * A template's resources in the embedded cloud: what CloudFormation would ask for, asked of it; made once, updated by parameters,
 * and turned back when a part of an update fails.
 */
export class StackOnCloud {
  #placed = new Map<string, Placed>();
  #replaced = 0;
  #parameters: Readonly<Record<string, string>>;
  readonly #template: Template;
  readonly #makers: Readonly<Record<string, Maker>>;
  readonly #exported: Map<string, unknown>;

  /** @param assembly - folder of the cloud assembly */
  constructor(
    cloud: Cloud,
    assembly: string,
    stack: string,
    {
      environmentOf = (variables) => variables,
      makers = (usual) => usual,
      exported = new Map<string, unknown>(),
    }: ApplyOptions = {},
  ) {
    this.#template = readTemplate(assembly, stack);
    this.#makers = makers(makersOf({ cloud, assembly, stack, environmentOf }));
    this.#exported = exported;
    const defaults = Object.entries(this.#template.Parameters ?? {}).map(([name, { Default = "" }]) => [name, Default]);
    this.#parameters = Object.fromEntries(defaults);
  }

  get parameters(): Readonly<Record<string, string>> {
    return this.#parameters;
  }

  /** Names, ARNs or URLs by logical id. */
  get made(): ReadonlyMap<string, Made> {
    return new Map([...this.#placed].map(([id, { made }]) => [id, made]));
  }

  /** Name, ARN or URL of the only resource of a type. */
  only(type: string): string {
    const [found, second] = [...this.#placed.values()].filter((placed) => placed.type === type);
    if (found === undefined || second !== undefined) throw new Error(`There is not one ${type}.`);
    return found.made.ref;
  }

  /**
   * Brings every resource to what the template says of it with these parameters; then what nobody needs any more goes. Where one
   * cannot be brought there, everything is brought back, and the reason is thrown.
   *
   * @throws Error for a type of resource that it does not know, and whatever the cloud refuses
   */
  async *update(parameters: Readonly<Record<string, string>>): Minutes<void> {
    const before = { placed: new Map(this.#placed), parameters: this.#parameters };
    this.#parameters = { ...before.parameters, ...parameters };
    const ids = inOrder({ template: this.#template, parameters: this.#parameters });
    try {
      for (const id of ids) yield* this.#named(id);
    } catch (error) {
      yield* this.#turnBack(before.placed);
      this.#parameters = before.parameters;
      throw error;
    }
    for (const id of this.#placed.keys()) if (!ids.includes(id)) this.#placed.delete(id);
    await remove([...before.placed.values()].filter((each) => !this.#isThere(each)));
    for (const { Value, Export } of Object.values(this.#template.Outputs ?? {})) {
      if (Export !== undefined) this.#exported.set(Export.Name, resolved(Value, this.#scope()));
    }
  }

  async *#named(id: string): Minutes<void> {
    try {
      yield* this.#bring(id);
    } catch (cause) {
      throw new Error(`${id}: ${cause}`, { cause });
    }
  }

  async *#bring(id: string): Minutes<void> {
    const { Type: type, Properties = {}, UpdatePolicy } = this.#template.Resources[id] ?? { Type: "" };
    const make = this.#makers[type];
    if (make === undefined) throw new Error(`${id} is a ${type}, which the embedded cloud has not.`);
    const given = UpdatePolicy === undefined ? Properties : { ...Properties, UpdatePolicy };
    const properties = resolved(given, this.#scope()) as object;
    const former = this.#placed.get(id);
    if (former !== undefined && isDeepStrictEqual(former.properties, properties)) return;
    const change = former?.made.change?.(properties as never);
    if (former !== undefined && change !== undefined) {
      // Before it is done: what is half changed is turned back as well.
      this.#placed.set(id, { ...former, properties });
      this.#placed.set(id, { made: yield* minutes(change), type, properties });
      return;
    }
    if (former !== undefined) this.#replaced += 1;
    const made = await make(properties as never, former === undefined ? id : `${id}-${this.#replaced}`);
    this.#placed.set(id, { made, type, properties });
  }

  async *#turnBack(before: ReadonlyMap<string, Placed>): Minutes<void> {
    const since = [...this.#placed];
    for (const [id, { made, properties }] of since.toReversed()) {
      const former = before.get(id);
      if (former === undefined || former.made.ref !== made.ref || former.properties === properties) continue;
      const change = made.change?.(former.properties as never);
      if (change !== undefined) yield* minutes(change);
    }
    const now = since.map(([, placed]) => placed);
    this.#placed = new Map(before);
    await remove(now.filter((each) => !this.#isThere(each)));
  }

  #isThere({ type, made }: Placed): boolean {
    return [...this.#placed.values()].some((each) => each.type === type && each.made.ref === made.ref);
  }

  #scope() {
    return { template: this.#template, parameters: this.#parameters, made: this.made, exported: this.#exported };
  }
}

/** Makes a stack that needs no minute to pass. */
export async function applyStack(...words: ConstructorParameters<typeof StackOnCloud>): Promise<StackOnCloud> {
  const stack = new StackOnCloud(...words);
  const { done } = await stack.update({}).next();
  if (done !== true) throw new Error("Making a stack takes no minute.");
  return stack;
}

async function* minutes(change: Promise<Made> | Minutes<Made>): Minutes<Made> {
  return change instanceof Promise ? await change : yield* change;
}

/** What was made last goes first. */
async function remove(placed: readonly Placed[]): Promise<void> {
  for (const { made } of placed.toReversed()) await made.remove?.();
}
