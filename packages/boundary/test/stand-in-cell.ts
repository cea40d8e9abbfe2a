import { createServer } from "node:http";
import { request } from "node:http";
import { writeFileSync } from "node:fs";
import { probeRoutes } from "../src/cells/probe-routes.ts";
import { readEnvironments } from "../src/cells/read-environments.ts";
import { serveCalls } from "../src/cells/serve-calls.ts";

// A program: stands in for broker and agent where only the cell around them is looked at.
await serveCalls(
  {
    probeRoutes,
    readEnvironments,
    add: (one: number, other: number) => one + other,
    fail: () => {
      throw new Error("on purpose");
    },
    say: (text: string) => void process.stderr.write(`${text}\n`),
    exit: () => process.exit(3),
    write: (path: string, text: string) => {
      try {
        writeFileSync(path, text);
        return "written";
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    },
    identity: () => ({ uid: process.getuid?.(), environment: Object.keys(process.env) }),
    serve: (place: string | number) =>
      new Promise<void>((resolve, reject) => {
        const server = createServer((incoming, outgoing) => outgoing.end(`saw ${incoming.url ?? ""}`));
        server.once("error", reject);
        server.listen(place, resolve);
        server.unref();
      }),
    ask: (options: { readonly socketPath?: string; readonly host?: string; readonly port?: number }) =>
      new Promise<string>((resolve) => {
        const asked = request({ ...options, path: "/asked", agent: false }, (answer) => {
          answer.setEncoding("utf8").on("data", resolve);
        });
        asked.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
        asked.end();
      }),
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
