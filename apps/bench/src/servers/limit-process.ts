import { brokerHttp } from "@watchword/broker/http";
import type { PublicJwk, TokenAnswer } from "@watchword/core";
import { listen } from "@watchword/gateway";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveQuestions, settings } from "../frame/served.ts";
import { ISSUER } from "../world/bench-agent.ts";
import { limitCryptography } from "./limit-cryptography.ts";

/** What a limit server is started with. */
export interface LimitSettings {
  /** By which the tokens that it gets verify. */
  readonly keys: { readonly run: PublicJwk; readonly broker: PublicJwk };
  /** An answer of a broker, so that answers are of one size. */
  readonly answer: TokenAnswer;
  /** `same`: listener and routes of the broker. `bare`: `node:http` and nothing in between. */
  readonly stack: "same" | "bare";
}

const { keys, answer, stack } = settings() as LimitSettings;
const work = limitCryptography(keys.broker, keys.run);
const { url, close } = await (stack === "same" ? sameStack() : bareStack());
serveQuestions({ url }, close);

async function sameStack(): Promise<{ url: string; close: () => Promise<void> }> {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const http = brokerHttp({
    client: {
      issuer: ISSUER,
      token: async ({ subject_token, actor_token = "" }) => {
        work(subject_token, actor_token);
        return answer;
      },
      endRun: async () => undefined,
    },
  });
  listener.serve(async (request) => http.fetch(request));
  return { url: listener.url, close: () => listener.close() };
}

async function bareStack(): Promise<{ url: string; close: () => Promise<void> }> {
  const body = JSON.stringify(answer);
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(parts).toString("utf8"));
      work(form.get("subject_token") ?? "", form.get("actor_token") ?? "");
      outgoing.writeHead(200, { "content-type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
