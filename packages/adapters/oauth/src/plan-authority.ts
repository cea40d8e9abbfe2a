import type { Authority } from "@watchword/core";
import { detailsOf } from "./authorization-details.ts";
import type { OauthSettings } from "./oauth-options.ts";

/** Adds what the server is asked for to an authority of the declared API. */
export function planNative(settings: OauthSettings, authority: Authority): Authority {
  const details = detailsOf(settings, authority);
  return {
    ...authority,
    native: {
      scopes: scopesOf(settings, authority.operation).toSorted(),
      ...(details === undefined ? {} : { authorization_details: details }),
    },
  };
}

/** The scopes of an operation, by the name that policies use. */
export function scopesOf({ authorization, api }: OauthSettings, operation: string): readonly string[] {
  const [key = ""] = Object.entries(api.operations).find(([, { name }]) => name === operation) ?? [];
  return (Object.hasOwn(authorization.scopes, key) ? authorization.scopes[key] : undefined) ?? [];
}
