import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PortTakenError, serveNode, stderrLogger } from "@sagewright/serving";

/** Answers when it is let. */
function held() {
  let release = (): void => undefined;
  let arrive = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const fetch = async () => {
    arrive();
    await released;
    return new Response("done");
  };
  return { fetch, arrived, release: () => release() };
}

describe("serveNode", () => {
  test("listens on this machine only and says where", async () => {
    const server = await serveNode({ fetch: () => new Response("hello") });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe("hello");
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test("names the port that another program has, and the remedy", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const refused = serveNode({ fetch: () => new Response() }, { port });
    await expect(refused).rejects.toBeInstanceOf(PortTakenError);
    await expect(refused).rejects.toThrow(
      `127.0.0.1:${port} is taken by another program. Stop that program, or give another port (0 takes a free one).`,
    );
    await new Promise((resolve) => other.close(resolve));
  });

  test("names an address that cannot be used", async () => {
    const refused = serveNode({ fetch: () => new Response() }, { host: "192.0.2.1" });
    await expect(refused).rejects.toEqual(expect.objectContaining({ code: "listen_failed" }));
  });

  test("cuts off clients that send their request drop by drop, and serves the others meanwhile", async () => {
    const server = await serveNode({ fetch: () => new Response("hello") }, { headersTimeoutMs: 200 });
    const received: string[] = [];
    const sockets = Array.from({ length: 200 }, () => connect(server.port, "127.0.0.1"));
    const closed = sockets.map((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => received.push(String(chunk)));
      socket.write("GET / HTTP/1.1\r\nhost: a\r\nx-slow: ");
      return new Promise((resolve) => socket.on("close", resolve));
    });
    expect(await (await fetch(server.url)).text()).toBe("hello");
    await Promise.all(closed);
    expect(received).toHaveLength(200);
    expect(new Set(received.map((text) => text.slice(0, 12)))).toEqual(new Set(["HTTP/1.1 408"]));
    await server.close();
  });

  test("answers requests under way before it closes", async () => {
    const app = held();
    const server = await serveNode(app);
    const answer = fetch(server.url).then((response) => response.text());
    await app.arrived;
    const closed = server.close();
    app.release();
    expect(await answer).toBe("done");
    await closed;
  });
});

describe("stderrLogger", () => {
  test("takes what the API logs", () => expect(() => stderrLogger("silent").info({ a: 1 }, "quiet")).not.toThrow());
});
