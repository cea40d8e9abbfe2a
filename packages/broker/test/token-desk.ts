import { type Signer, introspectionUrl, revocationUrl, signProof } from "@watchword/core";
import { brokerHttp } from "../src/http/index.ts";
import { type ActOptions, ISSUER, type TestRun, type TestWorld, refundOf } from "./world.ts";

/** What introspection or revocation came to: a status of HTTP, and the members of the answer. */
export interface DeskAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** How a test asks about a token. */
export interface Asking {
  readonly path: "/introspect" | "/revoke";
  /** The token in the form. */
  readonly token: string;
  /** `Authorization`; default: `DPoP <token>`. Empty: none. */
  readonly authorization?: string;
  /** `DPoP`; empty: none. */
  readonly proof: string;
  readonly form?: string;
}

/** Asks over HTTP. */
export async function ask(place: TestWorld, asking: Asking): Promise<DeskAnswer> {
  const { path, token, proof, authorization = `DPoP ${token}` } = asking;
  const response = await brokerHttp(place.broker).request(path, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(authorization === "" ? {} : { authorization }),
      ...(proof === "" ? {} : { dpop: proof }),
    },
    body: asking.form ?? new URLSearchParams({ token }).toString(),
  });
  return {
    status: response.status,
    body: (await response.json()) as DeskAnswer["body"],
    headers: response.headers,
  };
}

/** The proof of a token's key for one of the two endpoints. */
export function proofFor(
  place: TestWorld,
  path: Asking["path"],
  key: Signer,
  token: string,
): Promise<string> {
  const url = path === "/revoke" ? revocationUrl(ISSUER) : introspectionUrl(ISSUER);
  return signProof(key, { method: "POST", url, token }, Math.floor(place.clock.now() / 1_000));
}

/** An honest holder asks. */
export async function askAs(
  place: TestWorld,
  path: Asking["path"],
  key: Signer,
  token: string,
): Promise<DeskAnswer> {
  return ask(place, { path, token, proof: await proofFor(place, path, key, token) });
}

/** A handle for one refund. */
export async function handleOf(
  place: TestWorld,
  run: TestRun,
  charge = "ch_a1",
  options: ActOptions = {},
): Promise<string> {
  const answer = await place.act(run, refundOf(charge), options);
  if (!answer.ok) throw new Error(`act refused: ${answer.reason}`);
  return answer.access_token;
}
