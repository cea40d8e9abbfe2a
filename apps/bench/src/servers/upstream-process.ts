import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveQuestions } from "../frame/served.ts";

/** About 1 kB of JSON. */
const ANSWER = JSON.stringify({ id: "note_1", object: "note", text: "x".repeat(950) });

const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
  incoming.resume();
  incoming.once("end", () =>
    outgoing
      .writeHead(200, { "content-type": "application/json", "content-length": ANSWER.length })
      .end(ANSWER),
  );
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
serveQuestions({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
