/**
 * Loaded into a command by `node --require`: every request that any AWS client of the process sends is written, before it
 * is sent, as a line of JSON to the file named by SAGEWRIGHT_RECORD_REQUESTS. The product knows nothing of it.
 */
const { appendFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const file = process.env.SAGEWRIGHT_RECORD_REQUESTS;
const fromClients = createRequire(join(__dirname, "../../node_modules/@aws-sdk/client-sagemaker/package.json"));
const { Client } = fromClients("@smithy/core/client");
const { send } = Client.prototype;

Client.prototype.send = function (command, ...rest) {
  const service = this.constructor.name.replace(/Client$/, "");
  const operation = command.constructor.name.replace(/Command$/, "");
  const input = JSON.stringify({ service, operation, input: command.input }, (_key, value) => {
    if (value instanceof Uint8Array || value?.type === "Buffer") return { bytes: value.length ?? value.data.length };
    return typeof value?.pipe === "function" ? { bytes: 0 } : value;
  });
  appendFileSync(file, `${input}\n`);
  return send.call(this, command, ...rest);
};
