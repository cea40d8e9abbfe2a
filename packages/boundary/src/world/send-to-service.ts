import { type Signer, isReason, signProof } from "@watchword/core";
import type { Step, ToolCall } from "./actor.ts";

/**
 * Sends a tool's request to a service itself, with the token that was released to the tool and a proof by `key`; without one as
 * Bearer, as whoever finds a token would.
 *
 * @throws Error for a system that is behind the gateway alone: nobody but the gateway could send what its tools hold
 */
export async function sendToService(
  options: { readonly fetch: typeof fetch; readonly now: () => number },
  token: string,
  key: Signer | undefined,
  { system, origin, method, target, headers, body }: ToolCall,
): Promise<Step> {
  if (origin === undefined)
    throw new Error(
      `a credential for ${system} was released, and only access tokens of the broker are sent by the harness itself; leave it in the gateway, or prove it by a test of your own`,
    );
  const url = `${origin}${target}`;
  const proof =
    key === undefined
      ? undefined
      : await signProof(
          key,
          { method, url: `${origin}${target.replace(/\?.*$/s, "")}`, token },
          options.now(),
        );
  const response = await options.fetch(url, {
    method,
    headers: {
      ...headers,
      ...(proof === undefined
        ? { authorization: `Bearer ${token}` }
        : { authorization: `DPoP ${token}`, dpop: proof }),
    },
    body: body === null ? null : Buffer.from(body, "base64"),
    redirect: "manual",
  });
  return { ok: response.ok, reason: response.ok ? null : reasonIn(await response.text()), decisionId: null };
}

/** What a service says by `answerRefusal` of `@watchword/verify`; `null` where it says nothing like that. */
function reasonIn(text: string): Step["reason"] {
  try {
    const { reason } = JSON.parse(text) as { readonly reason?: unknown };
    return typeof reason === "string" && isReason(reason) ? reason : null;
  } catch {
    return null;
  }
}
