import type { Faults } from "../../src/faults/fault-book";

/** For tests of rooms by themselves: nothing fails on command. */
export const noFaults: Faults = { lacksCapacity: () => false, spotInterruption: () => undefined };
