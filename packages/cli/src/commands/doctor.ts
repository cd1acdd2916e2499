import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright doctor`: what this machine has, and what to do about what it lacks. */
export function define(command: Command, act: Act): void {
  command
    .addHelpText("after", "\nExample:\n  $ sagewright doctor --json\n")
    .action(act(() => (require("../house/doctor-command") as typeof import("../house/doctor-command")).doctorCommand));
}
