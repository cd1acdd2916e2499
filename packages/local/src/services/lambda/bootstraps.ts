/**
 * What runs a Node.js handler in a process of its own: the event comes on stdin, the answer goes to descriptor 3 as
 * `{"ok": result}` or `{"error": {...}}`, and everything the handler prints is its log. It ends when the cloud does, however that
 * ends.
 */
export const nodeBootstrap = `
const { readFileSync, writeSync, existsSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const root = process.env.LAMBDA_TASK_ROOT;
const cloud = process.ppid;
setInterval(() => { if (process.ppid !== cloud) process.exit(1); }, 500).unref();
const [file, name] = splitHandler(process.env._HANDLER);
const { event, context } = JSON.parse(readFileSync(0, "utf8"));
const deadline = Date.now() + context.timeoutMs;
context.getRemainingTimeInMillis = () => Math.max(0, deadline - Date.now());
const answer = (value) => { writeSync(3, JSON.stringify(value)); process.exit(0); };
const failure = (error) => answer({ error: {
  errorType: error?.name ?? "Error", errorMessage: error?.message ?? String(error), trace: String(error?.stack ?? "").split("\\n").filter((line) => !line.includes("[eval]")),
} });
process.on("uncaughtException", failure);
process.on("unhandledRejection", failure);
function splitHandler(text) { const dot = text.lastIndexOf("."); return [text.slice(0, dot), text.slice(dot + 1)]; }
async function load() {
  const found = [".js", ".cjs", ".mjs"].map((ending) => join(root, file + ending)).find((path) => existsSync(path));
  if (!found) throw Object.assign(new Error("Error: Cannot find module '" + file + "'"), { name: "Runtime.ImportModuleError" });
  if (!found.endsWith(".mjs")) try { return require(found); } catch (error) {
    if (error.code !== "ERR_REQUIRE_ESM" && !(error instanceof SyntaxError)) throw error;
  }
  return import(pathToFileURL(found).href);
}
load().then((module) => {
  const handler = module[name] ?? module.default?.[name];
  if (typeof handler !== "function") {
    throw Object.assign(new Error(process.env._HANDLER + " is undefined or not exported"), { name: "Runtime.HandlerNotFound" });
  }
  return new Promise((resolve, reject) => {
    const result = handler(event, context, (error, value) => (error ? reject(error) : resolve(value)));
    if (typeof result?.then === "function") result.then(resolve, reject);
    else if (handler.length < 3) resolve(result);
  });
}).then((result) => answer({ ok: result ?? null }), failure);
`;

/** The same for Python. */
export const pythonBootstrap = `
import importlib, json, os, sys, threading, time, traceback

def end_with(cloud):
    while os.getppid() == cloud:
        time.sleep(0.5)
    os._exit(1)

def main():
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path.insert(0, root)
    request = json.load(sys.stdin)
    deadline = time.monotonic() + request["context"]["timeoutMs"] / 1000

    class Context:
        aws_request_id = request["context"]["awsRequestId"]
        function_name = request["context"]["functionName"]
        function_version = request["context"]["functionVersion"]
        invoked_function_arn = request["context"]["invokedFunctionArn"]
        memory_limit_in_mb = request["context"]["memoryLimitInMB"]
        log_group_name = request["context"]["logGroupName"]
        log_stream_name = request["context"]["logStreamName"]

        def get_remaining_time_in_millis(self):
            return max(0, int((deadline - time.monotonic()) * 1000))

    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        answer = {"ok": handler(request["event"], Context())}
        text = json.dumps(answer)
    except BaseException as error:
        kind = type(error).__name__
        if isinstance(error, ImportError):
            kind = "Runtime.ImportModuleError"
        elif isinstance(error, AttributeError) and "has no attribute" in str(error) and "handler" not in dir():
            kind = "Runtime.HandlerNotFound"
        text = json.dumps({"error": {
            "errorMessage": str(error),
            "errorType": kind,
            "requestId": request["context"]["awsRequestId"],
            "stackTrace": traceback.format_tb(error.__traceback__)[1:],
        }})
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(3, "w") as out:
        out.write(text)

main()
`;
