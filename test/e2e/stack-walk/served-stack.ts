import type { Minutes, StackOnCloud } from "../../conformance/constructs/stack-on-cloud";
import type { KnownStack } from "./cloudformation";

/**
 * The stack that serves, as CloudFormation has it: updates that a release asks for go on while minutes pass, and are turned back when
 * a part of them fails.
 */
export class ServedStack implements KnownStack {
  status = "CREATE_COMPLETE";
  parameters: Readonly<Record<string, string>>;
  readonly tokens: string[] = [];
  /** Why the last update was turned back. */
  reason = "";
  #stack: StackOnCloud;
  #underWay: Minutes<void> | undefined;

  constructor(stack: StackOnCloud) {
    this.#stack = stack;
    this.parameters = stack.parameters;
  }

  readonly begin = (parameters: Readonly<Record<string, string>>): void => {
    this.reason = "";
    this.#underWay = this.#stack.update(parameters);
  };

  /** Goes on with an update that is under way, as far as it comes before another minute has passed. */
  async goOn(): Promise<void> {
    try {
      const { done = true } = (await this.#underWay?.next()) ?? {};
      if (!done || this.#underWay === undefined) return;
      this.status = "UPDATE_COMPLETE";
    } catch (error) {
      this.status = "UPDATE_ROLLBACK_COMPLETE";
      this.reason = String(error);
      this.parameters = this.#stack.parameters;
    }
    this.#underWay = undefined;
  }
}
