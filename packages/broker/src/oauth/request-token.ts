import { type Json, Refusal, type SealedCredential, parseStrictJson } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { OauthClient } from "./oauth-client.ts";

const TIMEOUT_MILLISECONDS = 10_000;
const MAX_ANSWER_BYTES = 131_072;

/** A code with what it was asked for with. */
export interface ReturnedCode {
  readonly code: string;
  readonly redirectUri: string;
  /** RFC 7636 section 4.5 */
  readonly verifier: string;
}

/**
 * Redeems a code at the configured token endpoint; gives the members of what it answers, unchecked.
 *
 * @throws Refusal made by `refused`, which never quotes what was sent or answered
 */
export async function requestToken(
  context: BrokerContext,
  { tokenEndpoint, clientId, clientSecret, clientAuthentication }: OauthClient,
  { code, redirectUri, verifier }: ReturnedCode,
  refused: (detail: string) => Refusal,
): Promise<Readonly<Record<string, Json>>> {
  let answer: Json;
  try {
    const response = await context.fetch(tokenEndpoint, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        ...(clientSecret === undefined || clientAuthentication === "post"
          ? {}
          : { authorization: basic(clientId, clientSecret) }),
      },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        client_id: clientId,
        code_verifier: verifier,
        ...(clientSecret === undefined || clientAuthentication !== "post"
          ? {}
          : clientSecret.open((secret) => ({ client_secret: secret }))),
      }).toString(),
      // INVARIANT: the code goes to the configured address and to no other.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw refused("the code was not taken");
    }
    answer = parseStrictJson(await readBounded(response, refused), { maxBytes: MAX_ANSWER_BYTES });
  } catch (error) {
    // What went wrong on the way may quote the code.
    throw Refusal.is(error) ? error : refused("the token endpoint did not answer");
  }
  if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) return answer;
  throw refused("the token endpoint's answer is no object");
}

/** RFC 6749 section 2.3.1: both parts are form-encoded first. */
function basic(clientId: string, secret: SealedCredential): string {
  const coded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);
  return secret.open(
    (text) => `Basic ${Buffer.from(`${coded(clientId)}:${coded(text)}`).toString("base64")}`,
  );
}

async function readBounded({ body }: Response, refused: (detail: string) => Refusal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw refused("the token endpoint's answer is too large");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
