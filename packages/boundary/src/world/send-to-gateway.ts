import { type Signer, isReason, signProof } from "@watchword/core";
import type { Step, ToolCall } from "./actor.ts";

const REASON_HEADER = "watchword-reason";

/** Sends a tool's request with a handle, and a proof by `key` where there is one. */
export async function sendToGateway(
  options: { readonly fetch: typeof fetch; readonly now: () => number },
  { handle, gateway }: { readonly handle: string; readonly gateway: string },
  key: Signer | undefined,
  { system, method, target, headers, body }: ToolCall,
): Promise<Step> {
  const base = `${gateway.replace(/\/$/, "")}/${system}`;
  const url = `${base}${target}`;
  const proof =
    key === undefined
      ? undefined
      : await signProof(
          key,
          { method, url: `${base}${target.replace(/\?.*$/s, "")}`, token: handle },
          options.now(),
        );
  const response = await options.fetch(url, {
    method,
    headers: {
      ...headers,
      authorization: `DPoP ${handle}`,
      ...(proof === undefined ? {} : { dpop: proof }),
    },
    body: body === null ? null : Buffer.from(body, "base64"),
    redirect: "manual",
  });
  await response.arrayBuffer();
  const reason = response.headers.get(REASON_HEADER);
  return {
    ok: response.status >= 200 && response.status < 300 && reason === null,
    reason: isReason(reason) ? reason : null,
    decisionId: null,
  };
}
