import { request } from "node:https";
import { Refusal } from "@watchword/core";
import type { MutualTls } from "./listen.ts";

const MAX_BYTES = 262_144;

/**
 * Posts JSON over mutually authenticated TLS 1.3 and reads a JSON answer, bounded in size and time.
 *
 * @throws Refusal `broker_unavailable`; nothing of the other side's or the network's text is in it
 */
export async function postJson(
  url: URL,
  body: object,
  tls: MutualTls,
  timeoutMilliseconds: number,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const text = JSON.stringify(body);
  try {
    return await new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method: "POST",
          cert: tls.certificate,
          key: tls.privateKey,
          ca: tls.authority,
          minVersion: "TLSv1.3",
          rejectUnauthorized: true,
          signal: AbortSignal.timeout(timeoutMilliseconds),
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on("data", (chunk: Buffer) => {
            size += chunk.byteLength;
            if (size > MAX_BYTES) incoming.destroy(new Error("too large"));
            else chunks.push(chunk);
          });
          incoming.on("error", reject);
          incoming.on("end", () => {
            try {
              resolve({
                status: incoming.statusCode ?? 0,
                body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
              });
            } catch {
              reject(new TypeError("not JSON"));
            }
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  } catch (error) {
    throw new Refusal("broker_unavailable", {
      detail: `no answer about leases (${error instanceof Error ? error.name : typeof error})`,
    });
  }
}
