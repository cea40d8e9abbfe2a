import { type OutboundRequest, Refusal, type SealedCredential } from "@watchword/core";
import type { HttpSettings } from "./http-declaration.ts";

/** Puts the secret on a request, in its one header. @throws Refusal `configuration_invalid` */
export function injectSecret(
  settings: HttpSettings,
  request: OutboundRequest,
  credential: SealedCredential,
): OutboundRequest {
  return {
    ...request,
    headers: { ...request.headers, [settings.secret.header]: secretHeader(settings, credential) },
  };
}

/**
 * The value of the secret's header, if the secret can stand in one. Without this check `fetch` would throw an error that
 * quotes it.
 *
 * @throws Refusal `configuration_invalid`
 */
export function secretHeader({ secret: place }: HttpSettings, credential: SealedCredential): string {
  return credential.open((secret) => {
    if ("scheme" in place && place.scheme === "Basic") {
      // RFC 7617 section 2: the user holds no colon, neither side a control character.
      if (!/^[^:\p{Cc}]{1,256}:\P{Cc}{0,512}$/u.test(secret) || !secret.isWellFormed())
        throw unfit("is not user:password");
      return `Basic ${Buffer.from(secret, "utf8").toString("base64")}`;
    }
    if (!/^[\x21-\x7e]{1,4096}$/.test(secret)) throw unfit("holds characters that cannot stand in a header");
    return "scheme" in place ? `Bearer ${secret}` : secret;
  });
}

function unfit(what: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `http: the connection's secret ${what}`,
    failedFact: "credential",
  });
}
