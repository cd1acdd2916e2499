import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";

/** Another process at a state folder. */
export class Member {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(stateDir: string) {
    const program = join(__dirname, "member.ts");
    const register = join(__dirname, "../support/register-typescript.cjs");
    this.child = spawn(process.execPath, ["-r", register, program, stateDir], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    this.reader = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** The next thing it says; undefined when it has ended. */
  async next(): Promise<Record<string, unknown> | undefined> {
    const { value, done } = await this.lines.next();
    return done ? undefined : (JSON.parse(value) as Record<string, unknown>);
  }

  send(command: object): void {
    this.child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  async ask(command: object): Promise<Record<string, unknown> | undefined> {
    this.send(command);
    return this.next();
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await gone;
  }
}
