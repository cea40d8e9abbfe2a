import {
  type Json,
  type PolicyProjections,
  type ProjectionQuestion,
  type PublicJwk,
  Refusal,
  isReason,
  publicJwkOf,
} from "@watchword/core";
import type { HttpWay } from "./approvals-over-http.ts";
import { noAnswer, readJsonAnswer } from "./read-json-answer.ts";

/** Milliseconds that a projection is worth waiting for: without one the broker decides alone. */
const TIMEOUT_MILLISECONDS = 2_000;

/** Where a broker says what it offers (RFC 8414 section 3.1), as seen from its own address. */
const WELL_KNOWN = "/.well-known/oauth-authorization-server";

/** Projections over HTTP, from a broker whose metadata offer them. Whatever else it says is taken for none. */
export function projectionsOverHttp(way: HttpWay, issuer: string): PolicyProjections {
  let offered: boolean | undefined;
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    send(way, `${way.base}${path}`, { headers: { accept: "application/json", ...headers } });

  /** INVARIANT: the metadata say whether, never where: no URL of an answer is asked for anything. */
  async function isOffered(): Promise<boolean> {
    if (offered !== undefined) return offered;
    const response = await send(way, metadataUrl(way.base, issuer), {
      headers: { accept: "application/json" },
    });
    const body = response.ok ? await json(way, response) : await drop(response);
    offered = typeof member(body, "policy_projection_endpoint") === "string";
    return offered;
  }

  return Object.freeze<PolicyProjections>({
    async current({ runToken, dpop, etag }: ProjectionQuestion) {
      if (!(await isOffered())) return "none";
      const ask = async (nonce?: string): Promise<Response> =>
        get("/policy/projection", {
          authorization: `DPoP ${runToken}`,
          dpop: await dpop(nonce),
          ...(etag === undefined ? {} : { "if-none-match": `"${etag}"` }),
        });
      let response = await ask();
      const nonce = response.headers.get("dpop-nonce") ?? "";
      if (response.status === 401 && /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(nonce)) {
        await drop(response);
        response = await ask(nonce);
      }
      if (response.status === 304 && etag !== undefined) return "unchanged";
      if (response.status === 204) return "none";
      const body = await json(way, response);
      if (!response.ok) throw refusalOf(way, response, body);
      const token = member(body, "projection");
      const tag = /^"([A-Za-z0-9_-]{43})"$/.exec(response.headers.get("etag") ?? "")?.[1];
      if (typeof token !== "string" || tag === undefined)
        throw way.unavailable(noAnswer(response.status, "not a projection"));
      return { etag: tag, token };
    },
    async keys() {
      const response = await get("/jwks", { accept: "application/jwk-set+json" });
      const keys = member(await json(way, response), "keys");
      return Array.isArray(keys) ? keys.flatMap(readKey) : [];
    },
    async report(runToken, batch) {
      const response = await send(way, `${way.base}/denials`, {
        method: "POST",
        headers: { accept: "application/json" },
        body: new URLSearchParams({ token: runToken, batch }),
      });
      const body = await json(way, response);
      if (!response.ok) throw refusalOf(way, response, body);
      const taken = member(body, "taken");
      if (typeof taken !== "number")
        throw way.unavailable(noAnswer(response.status, "not an answer of a broker"));
      return taken;
    },
  });
}

async function send(way: HttpWay, url: string, init: RequestInit): Promise<Response> {
  try {
    // INVARIANT: tokens go to the configured address and to no other.
    return await way.send(url, {
      ...init,
      redirect: "error",
      signal: AbortSignal.timeout(Math.min(TIMEOUT_MILLISECONDS, way.timeoutMilliseconds)),
    });
  } catch (error) {
    throw way.unavailable(error);
  }
}

/** The issuer's path comes after the well-known one, at the root of what the broker's address stands for. */
function metadataUrl(base: string, issuer: string): string {
  const path = new URL(issuer).pathname.replace(/\/$/, "");
  const root = path !== "" && base.endsWith(path) ? base.slice(0, -path.length) : base;
  return `${root}${WELL_KNOWN}${path}`;
}

async function json(way: HttpWay, response: Response): Promise<Json> {
  try {
    return await readJsonAnswer(response);
  } catch (error) {
    throw way.unavailable(error);
  }
}

async function drop(response: Response): Promise<null> {
  await response.body?.cancel();
  return null;
}

function member(body: Json, name: string): Json | undefined {
  return typeof body === "object" && body !== null && !Array.isArray(body) && Object.hasOwn(body, name)
    ? body[name]
    : undefined;
}

function readKey(key: Json): (PublicJwk & { readonly kid: string })[] {
  const kid = member(key, "kid");
  if (typeof kid !== "string" || typeof key !== "object" || key === null) return [];
  try {
    return [{ ...publicJwkOf(key), kid }];
  } catch {
    // A key of another kind verifies nothing here.
    return [];
  }
}

function refusalOf(way: HttpWay, response: Response, body: Json): Refusal {
  const reason = member(body, "reason");
  return isReason(reason)
    ? new Refusal(reason, { detail: "the broker refused what the runtime asked", failedFact: "token" })
    : way.unavailable(noAnswer(response.status, "not an answer of a broker"));
}
