import { z } from "zod";
import { Path, SecretReference, Url } from "./document-parts.ts";
import { isLocalHost } from "./is-local-host.ts";

const KeyName = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, { error: "must be the name of a transit key" });

const Transit = z
  .strictObject({
    url: Url.refine((text) => text.startsWith("https://") || isLocalHost(new URL(text).hostname), {
      error: "must be https, or http on a loopback host: the token goes there",
    }),
    /** Read at every call, so that another process may renew it in its file. */
    token: SecretReference,
    /** Mount path of the engine; default `transit`. */
    mount: z
      .string()
      .regex(/^[a-z0-9_-]+(?:\/[a-z0-9_-]+)*$/i, { error: "must be a mount path, such as transit" })
      .optional(),
    /** Namespace, where the server has them. */
    namespace: z.string().min(1).optional(),
    /** The authority of the server's certificate, in PEM; default: the platform's. */
    caFile: Path.optional(),
    /** An `ecdsa-p256` key that signs run tokens. */
    runs: KeyName.optional(),
    /** An `aes256-gcm96` key that wraps the keys of stored secrets. */
    sealer: KeyName.optional(),
    /** An `ecdsa-p256` key that signs access tokens. */
    access: KeyName.optional(),
    /** An `ecdsa-p256` key that signs federation tokens; `rsa-2048` where `federation.algorithm` is RS256. */
    federation: KeyName.optional(),
  })
  .refine(({ runs, sealer, access, federation }) => (runs ?? sealer ?? access ?? federation) !== undefined, {
    error: "must name a key that the engine has: runs, sealer, access or federation",
  })
  .refine(({ runs, access, federation }) => areDifferent([runs, access, federation]), {
    error: "runs, access and federation must be keys of their own: a token of one must be none of the others",
  });
export type TransitDocument = z.output<typeof Transit>;

function areDifferent(names: readonly (string | undefined)[]): boolean {
  const named = names.filter((name) => name !== undefined);
  return new Set(named).size === named.length;
}

/** Directory of the broker's own keys, beside which some may be in a transit engine (HashiCorp Vault, OpenBao). */
export const Keys = z.union([Path, z.strictObject({ directory: Path, transit: Transit.optional() })]);
