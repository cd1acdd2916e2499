import { readFileSync } from "node:fs";
import { connect } from "node:net";

/**
 * The load of the serving benchmark, in a process of its own: `node serving-load.mjs URL ROWS CONNECTIONS SECONDS [KEY]`.
 * Every connection sends the next row as soon as the answer to the last is whole. Plain sockets and prepared requests, so
 * that the generator's own work is small beside the server's; it does the same for every server. Prints one JSON line.
 */
const [url, rows, connections, seconds, key] = process.argv.slice(2);
const { hostname, port, pathname, search } = new URL(url);
const authorization = key === undefined ? "" : `authorization: Bearer ${key}\r\n`;
const requests = readFileSync(rows, "utf8")
  .trimEnd()
  .split("\n")
  .map((row) =>
    Buffer.from(
      `POST ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n${authorization}content-length: ${Buffer.byteLength(row)}\r\n\r\n${row}`,
    ),
  );

const latencies = [];
let next = 0;
let failed = 0;
let measuring = false;
let running = true;

function client() {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let sent = 0;
  let received = "";
  let whole = -1;
  const send = () => {
    if (!running) return socket.destroy();
    sent = performance.now();
    socket.write(requests[next++ % requests.length]);
  };
  socket.setEncoding("latin1");
  socket.on("connect", send);
  socket.on("error", () => {
    if (running) failed += 1;
  });
  socket.on("data", (chunk) => {
    received += chunk;
    if (whole === -1) {
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      whole = end + 4 + Number(/content-length: *(\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
    }
    if (received.length < whole) return;
    if (measuring) latencies.push(performance.now() - sent);
    if (received.slice(9, 12) !== "200") failed += 1;
    received = "";
    whole = -1;
    send();
  });
}

// One after another: of several workers at one port, the first to look would take all that come at once.
for (let index = 0; index < Number(connections); index++) setTimeout(client, index * 10);
const warmUp = Math.min(1, Number(seconds) / 2);
await new Promise((resolve) => setTimeout(resolve, warmUp * 1000));
measuring = true;
const start = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const elapsed = (performance.now() - start) / 1000;
running = false;
latencies.sort((a, b) => a - b);
const quantile = (share) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? null;
const result = { rate: latencies.length / elapsed, p50: quantile(0.5), p99: quantile(0.99), failed };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
