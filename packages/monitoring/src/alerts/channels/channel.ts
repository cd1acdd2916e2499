import type { Failure } from "../settle";
import type { Message } from "../state";

/** What a channel sends. */
export interface Outgoing {
  /** Idempotency key: the same for every attempt. */
  readonly id: string;
  /** One, or several incidents told together. */
  readonly messages: readonly [Message, ...Message[]];
  /** What the receiver calls the incident. @default absent before it was told first */
  readonly thread?: string;
  /** When it became news. */
  readonly at: string;
  /** An earlier attempt may have arrived: look first. */
  readonly unsure: boolean;
}

/** A way to a kind of receiver. */
export interface Channel {
  /** Whether several incidents can be one message. */
  readonly gathers: boolean;
  /**
   * Sends once.
   * @returns what the receiver calls the incident, for later messages
   * @throws SendError
   */
  send(outgoing: Outgoing): Promise<string | undefined>;
}

/** An attempt that did not succeed; `failure` is absent where trying again is of no use. Never holds a secret. */
export class SendError extends Error {
  readonly failure: Failure | undefined;

  constructor(message: string, failure?: Failure) {
    super(message);
    this.name = "SendError";
    this.failure = failure;
  }
}

/** Where secrets come from, by name; with `anew`, as they are now rather than as somebody remembers them. */
export type Secrets = (name: string, how?: { readonly anew?: boolean }) => Promise<string>;
