import { type Clock, Refusal, type SealedCredential } from "@watchword/core";
import { z } from "zod";

/** Where a transit engine (HashiCorp Vault, OpenBao) is, and how this broker shows itself there. */
export interface TransitOptions {
  /** `https://vault.internal:8200`; plain http on loopback only. */
  readonly url: string;
  /** Gives the token in force; it is asked at every call, so that another process may renew it. */
  readonly token: () => Promise<SealedCredential>;
  /** Mount path of the engine; default `transit`. */
  readonly mount?: string;
  /** Namespace, where the server has them. */
  readonly namespace?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Default 2,000: a mint waits for it. */
  readonly timeoutMilliseconds?: number;
}

/** One call of the engine. */
export type TransitCall = <Schema extends z.ZodType>(
  method: "GET" | "POST",
  path: string,
  body: Record<string, string | boolean> | undefined,
  answer: Schema,
) => Promise<z.output<Schema>>;

const MAX_BYTES = 65_536;

/**
 * Calls the engine: bounded, without redirects, and with nothing of an answer in an error.
 *
 * @throws TypeError for a URL that would carry a token in the clear
 */
export function transitClient(options: TransitOptions): TransitCall {
  const { mount = "transit", namespace, timeoutMilliseconds = 2_000 } = options;
  const base = baseOf(options.url);
  if (!/^[a-z0-9_-]+(?:\/[a-z0-9_-]+)*$/i.test(mount)) throw new TypeError("transit: mount is not a path");
  const send = options.fetch ?? fetch;
  return async (method, path, body, answer) => {
    const token = await options.token();
    const response = await token
      .open((secret) =>
        send(`${base}/v1/${mount}/${path}`, {
          method,
          headers: {
            "x-vault-token": secret,
            ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          redirect: "error",
          signal: AbortSignal.timeout(timeoutMilliseconds),
        }),
      )
      .catch((error: unknown) => {
        throw unavailable(`no answer (${error instanceof Error ? error.name : typeof error})`);
      });
    if (response.status !== 200) {
      await response.body?.cancel().catch(() => undefined);
      throw statusRefusal(response.status);
    }
    const parsed = answer.safeParse(await readJson(response));
    if (!parsed.success) throw unavailable("an answer that is not one of a transit engine");
    return parsed.data;
  };
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && loopback)))
    throw new TypeError("transit: url must be https, or http on a loopback host");
  return url.href.replace(/\/$/, "");
}

/** 400 says that a value does not fit its key or context; that is nobody's outage. */
function statusRefusal(status: number): Refusal {
  if (status === 400)
    return new Refusal("internal", {
      detail: "the transit engine does not take the value",
      failedFact: "credential",
    });
  if (status === 403 || status === 404)
    return new Refusal("configuration_invalid", {
      detail: `the transit engine answered HTTP ${status}; required: a living token with leave to use this key; check token, mount and key name`,
    });
  return unavailable(`HTTP ${status}`);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    if (text.length > MAX_BYTES) throw new RangeError("too large");
    return JSON.parse(text) as unknown;
  } catch {
    throw unavailable("an answer that is not JSON");
  }
}

function unavailable(what: string): Refusal {
  return new Refusal("ledger_unavailable", { detail: `the transit engine gave ${what}` });
}
