import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** ROC AUC with DeLong's interval: `node auc.mjs ROOT FOLDER`. */
const [root, folder] = process.argv.slice(2);
const { byClass, rocAuc } = createRequire(import.meta.url)(join(root, "packages/monitoring/dist"));
const numbers = (name) => new Float64Array(Uint8Array.from(readFileSync(join(folder, name))).buffer);
const [scores, labels] = [numbers("auc-scores.bin"), numbers("auc-labels.bin")];
const start = performance.now();
const { value, low, high } = rocAuc(byClass(scores, labels));
process.stdout.write(JSON.stringify({ milliseconds: performance.now() - start, value, low, high }));
