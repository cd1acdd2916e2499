import { CloudError } from "../errors";

/** A job cannot be run on this machine: no suitable Python, no network for its packages, an unknown image. */
export class RuntimeError extends CloudError {}
