import {
  TOKEN_TYPES,
  actionDigest,
  generateSigner,
  parseAction,
  randomToken,
  signToken,
} from "@watchword/core";
import type { Tampering } from "../situation.ts";
import type { HeldRun } from "./captured-agent.ts";

/** Seconds by which a time is off that nobody's clock skew explains. */
const FAR = 300;

/** The run's signed statement about an action, as honest or as forged as the situation has it. */
export async function tamperedAssertion(
  { key }: HeldRun,
  honest: { readonly action: { readonly txn: string }; readonly iat: number; readonly exp: number } & object,
  tampering: Tampering | undefined,
): Promise<string> {
  const action = honest.action;
  const claims = { ...honest, action_digest: digestOf(action) };
  const signed = (changes: object = {}, typ: string = TOKEN_TYPES.assertion): Promise<string> =>
    signToken(key, typ, { ...claims, ...changes });
  switch (tampering) {
    case undefined:
    case "replayed":
    case "another-runs-token":
      return signed();
    case "unsigned":
      return unsigned(claims);
    case "foreign-key":
      return signToken(await generateSigner(key.keyId), TOKEN_TYPES.assertion, claims);
    case "embedded-key": {
      const own = await generateSigner();
      return signToken(own, TOKEN_TYPES.assertion, claims, { jwk: own.publicJwk });
    }
    case "wrong-audience":
      return signed({ aud: "https://broker.other.invalid" });
    case "wrong-type":
      return signed({}, "JWT");
    case "expired":
      return signed({ iat: honest.iat - FAR, exp: honest.exp - FAR });
    case "issued-later":
      return signed({ iat: honest.iat + FAR, exp: honest.exp + FAR });
    case "digest-of-another-action":
      return signed({ action_digest: digestOf({ ...action, txn: randomToken(16) }) });
  }
}

/** Of an action that the broker would not read, any digest will do: it is refused before. */
function digestOf(action: object): string {
  try {
    return actionDigest(parseAction(action));
  } catch {
    return "A".repeat(43);
  }
}

/** RFC 8725 section 2.1: `alg: none`, and no signature. */
function unsigned(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none", typ: TOKEN_TYPES.assertion })}.${part(claims)}.`;
}
