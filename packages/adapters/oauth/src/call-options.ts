import { type AdapterContext, systemAnswer } from "@watchword/core";
import * as oauth from "oauth4webapi";
import { tokenUnusable } from "./token-problem.ts";

const MAX_ANSWER_BYTES = 65_536;

/** Under which name, and how long at most, the server is called. */
export interface TokenCall {
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** How every call to the server is made: bounded, without redirects, under a name that its log can tell apart. */
export function callOptions(
  server: oauth.AuthorizationServer,
  context: AdapterContext,
  { userAgent, signal }: TokenCall,
) {
  return {
    signal,
    // Only endpoints on a loopback host are plain http; the options were checked for it.
    [oauth.allowInsecureRequests]: server.token_endpoint?.startsWith("http:") === true,
    [oauth.customFetch]: async (
      url: string,
      { method, headers, body }: oauth.CustomFetchOptions<"POST", URLSearchParams>,
    ): Promise<Response> => {
      const response = await bounded.send(context.fetch, url, {
        method,
        headers: { ...headers, "user-agent": userAgent },
        body,
        signal,
      });
      const bytes = await bounded.bytes(response);
      const status = response.status === 0 ? 302 : response.status;
      const empty = status === 204 || (status >= 300 && status < 400);
      return new Response(empty ? null : new Uint8Array(bytes), { status, headers: response.headers });
    },
  };
}

const bounded = systemAnswer({ maxBytes: MAX_ANSWER_BYTES, unusable: tokenUnusable });
