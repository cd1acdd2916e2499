import { createHash } from "node:crypto";
import type { Secrets } from "./channels/channel";
import type { AlertTarget } from "./config";

/** A digest in hexadecimal digits. At 32 bits billions of texts share one, so that it tells nothing of a secret. */
const DIGITS = 8;

/** What a target is entered with, its configuration and its secret, so that somebody's mending of it is noticed. */
export class TargetKey {
  #used: string | undefined;

  constructor(
    private readonly target: AlertTarget,
    private readonly secrets: Secrets,
  ) {}

  /** The secret for a channel. What it was is what {@link used} tells of. */
  readonly read: Secrets = async (name) => {
    this.#used = undefined;
    this.#used = await this.secrets(name);
    return this.#used;
  };

  /** Digest of what the last attempt was made with. */
  used(): string {
    return this.#digest(this.#used);
  }

  /** Digest of what is there now, remembered by nobody. */
  async current(): Promise<string> {
    if (!("secret" in this.target)) return this.#digest(undefined);
    const { secret } = this.target;
    return this.#digest(await this.secrets(secret, { anew: true }).catch(() => undefined));
  }

  #digest(secret: string | undefined): string {
    const text = JSON.stringify([this.target, secret ?? null]);
    return createHash("sha256").update(text).digest("hex").slice(0, DIGITS);
  }
}
