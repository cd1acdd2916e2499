import { join } from "node:path";

/** Folder of the product's Python files. */
export const pythonFolder = join(__dirname, "..", "..", "python");
