import { Refusal, SealedCredential, parseStrictJson } from "@watchword/core";
import { z } from "zod";

/** As AWS's own tools take it from a process (`credential_process`), so that a tool can hand it on as it is. */
const ProcessCredential = z.strictObject({
  Version: z.literal(1),
  AccessKeyId: z.string().regex(/^[A-Z0-9]{16,128}$/),
  SecretAccessKey: z.string().regex(/^[\x21-\x7e]{16,256}$/),
  SessionToken: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  Expiration: z.iso.datetime(),
});

/** The parts of a session, as AWS's clients take them: `new S3Client({ credentials: sessionCredentials(text) })`. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * Reads a released credential, `credential.release()`.
 *
 * @throws Refusal `request_malformed` for a text that is none; it says nothing of the text
 *
 * @example
 * ```ts
 * const s3 = new S3Client({ region, credentials: sessionCredentials(credential.release()) });
 * ```
 */
export function sessionCredentials(text: string): SessionCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = readCredential(text);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: new Date(Expiration),
  };
}

/** The one text of a session. */
export function sealSession(session: SessionCredentials): SealedCredential {
  return new SealedCredential(
    JSON.stringify({
      Version: 1,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiration.toISOString(),
    } satisfies z.input<typeof ProcessCredential>),
  );
}

function readCredential(text: string): z.output<typeof ProcessCredential> {
  try {
    return ProcessCredential.parse(parseStrictJson(new TextEncoder().encode(text), { maxBytes: 32_768 }));
  } catch {
    // The cause quotes what it could not read.
    throw new Refusal("request_malformed", {
      detail: "aws: a credential that is no session",
      failedFact: "credential",
    });
  }
}
