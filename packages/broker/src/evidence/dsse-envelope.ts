import { createPublicKey, verify } from "node:crypto";
import { type Json, Refusal, decodeBase64url, parseStrictJson } from "@watchword/core";
import { z } from "zod";

/** The one payload type that is read: an in-toto statement. */
const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** Bytes of an envelope, and of what is in it. */
const MAX_BYTES = 524_288;

/** Base64, with either alphabet and with or without padding, as DSSE allows it. */
const Base64 = z
  .string()
  .min(1)
  .max(MAX_BYTES)
  .regex(/^[A-Za-z0-9+/_-]+={0,2}$/);

const Envelope = z.strictObject({
  payloadType: z.literal(PAYLOAD_TYPE),
  payload: Base64,
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(512).optional(), sig: Base64 }))
    .min(1)
    .max(16),
});

/** A public key as the policy declares it. */
export type DeclaredKey = { readonly kty: string; readonly crv: string; readonly x: string };

/** An envelope whose form is right; nothing of it is believed yet. */
export interface DsseEnvelope {
  readonly payload: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}

/** @throws Refusal `request_malformed` */
export function readDsseEnvelope(text: string): DsseEnvelope {
  const parsed = Envelope.safeParse(parseJson(text));
  if (!parsed.success) throw malformed("the body is not a DSSE envelope of an in-toto statement");
  return {
    payload: decode(parsed.data.payload),
    signatures: parsed.data.signatures.map(({ sig }) => decode(sig)),
  };
}

/**
 * Whether one of the envelope's signatures is by this key, over the payload in DSSE's pre-authentication encoding. Key ids
 * in the envelope are hints that anybody can write, so every signature is tried with the declared key.
 */
export function isSignedBy({ payload, signatures }: DsseEnvelope, key: DeclaredKey): boolean {
  const message = preAuthentication(payload);
  const publicKey = createPublicKey({ key: { ...key }, format: "jwk" });
  if (key.kty === "OKP") return signatures.some((signature) => verify(null, message, publicKey, signature));
  // P-256 signatures come as DER from most tools, and as two numbers from JOSE ones.
  return signatures.some(
    (signature) => isValid("der", signature) || (signature.length === 64 && isValid("ieee-p1363", signature)),
  );

  function isValid(dsaEncoding: "der" | "ieee-p1363", signature: Uint8Array): boolean {
    return verify("sha256", message, { key: publicKey, dsaEncoding }, signature);
  }
}

/** The payload as strict JSON. @throws Refusal `request_malformed` */
export function payloadJson({ payload }: DsseEnvelope): Json {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw malformed("the payload is not strict JSON");
  }
}

/** `DSSEv1 <length of type> <type> <length of payload> <payload>` (DSSE protocol, PAE). */
function preAuthentication(payload: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.byteLength} `),
    payload,
  ]);
}

function decode(text: string): Uint8Array {
  const plain = text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
  try {
    return decodeBase64url(plain);
  } catch {
    throw malformed("the envelope holds broken base64");
  }
}

function parseJson(text: string): Json {
  try {
    return parseStrictJson(text, { maxBytes: MAX_BYTES });
  } catch {
    throw malformed("the body is not strict JSON");
  }
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "evidence" });
}
