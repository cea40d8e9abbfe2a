import type { SessionCredentials } from "./aws-session.ts";
import { type StsAnswer, unusable } from "./call-sts.ts";
import { textAt } from "./read-xml.ts";

/** A session that STS gave out, with what it says of it. */
export interface IssuedSession {
  readonly session: SessionCredentials;
  /** `arn:aws:sts::123456789012:assumed-role/watchword/dec_…` */
  readonly arn: string;
  /** Seconds that it lives, by STS's own clock. */
  readonly lifeSeconds: number;
}

/** Reads the session in an answer. @throws Refusal `downstream_unavailable` when there is none whole */
export function readSession({ result, at }: StsAnswer, arnPath: readonly string[]): IssuedSession {
  const credential = (name: string): string => textAt(result, "Credentials", name) ?? "";
  const arn = textAt(result, ...arnPath) ?? "";
  const expiration = new Date(credential("Expiration"));
  const session = {
    accessKeyId: credential("AccessKeyId"),
    secretAccessKey: credential("SecretAccessKey"),
    sessionToken: credential("SessionToken"),
    expiration,
  };
  const isWhole =
    /^[A-Z0-9]{16,128}$/.test(session.accessKeyId) &&
    /^[\x21-\x7e]{16,256}$/.test(session.secretAccessKey) &&
    /^[\x21-\x7e]{1,16384}$/.test(session.sessionToken) &&
    /^arn:[a-z-]+:sts::\d{12}:assumed-role\/[^/]+\/[^/]+$/.test(arn) &&
    !Number.isNaN(expiration.getTime());
  if (!isWhole) throw unusable("an answer that is not a session");
  return { session, arn, lifeSeconds: Math.ceil(expiration.getTime() / 1_000 - at) };
}

/** Account and role of a session, by its ARN. */
export function ownerOf(arn: string): { readonly account: string; readonly role: string } {
  const [, , , , account = "", resource = ""] = arn.split(":");
  return { account, role: resource.split("/")[1] ?? "" };
}
