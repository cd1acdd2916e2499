/**
 * Loaded into a command by `node --require`: every request that any AWS client of the process sends is written, before it
 * is sent, as a line of JSON to the file named by SAGEWRIGHT_RECORD_REQUESTS. The product knows nothing of it.
 */
const { appendFileSync } = require("node:fs");
const Module = require("node:module");

const file = process.env.SAGEWRIGHT_RECORD_REQUESTS;
const load = Module._load;

// Clients are looked at when the command loads them, so that commands without any stay as quick as they are.
Module._load = function (request, ...rest) {
  const exported = load.call(this, request, ...rest);
  if (request === "@smithy/core/client" && exported.Client !== undefined) record(exported.Client.prototype);
  return exported;
};

const seen = new WeakSet();

function record(client) {
  if (seen.has(client)) return;
  seen.add(client);
  const { send } = client;
  client.send = function (command, ...rest) {
    appendFileSync(file, `${requestLine(this, command)}\n`);
    return send.call(this, command, ...rest);
  };
}

function requestLine(client, command) {
  const service = client.constructor.name.replace(/Client$/, "");
  const operation = command.constructor.name.replace(/Command$/, "");
  return JSON.stringify({ service, operation, input: command.input }, (_key, value) => {
    if (value instanceof Uint8Array || value?.type === "Buffer") return { bytes: value.length ?? value.data.length };
    return typeof value?.pipe === "function" ? { bytes: 0 } : value;
  });
}
