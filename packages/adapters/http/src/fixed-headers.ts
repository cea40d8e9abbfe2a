import { Refusal } from "@watchword/core";
import type { HttpSettings } from "./http-declaration.ts";

/**
 * The headers of every call: fixed ones, and the account where it stands in one. The account comes from connection or
 * authority, never from a tool.
 *
 * @throws Refusal `configuration_invalid` when the account cannot stand in a header
 */
export function fixedHeaders(settings: HttpSettings, account: string | undefined): Record<string, string> {
  const headers = {
    accept: "application/json",
    "user-agent": "watchword-adapter-http",
    ...settings.headers,
  };
  if (typeof settings.tenancy !== "object") return headers;
  if (account === undefined || !/^[\x21-\x7e]{1,256}$/.test(account))
    throw new Refusal("configuration_invalid", {
      detail: "http: the connection's account cannot stand in a header",
      failedFact: "credential",
    });
  return { ...headers, [settings.tenancy.header]: account };
}
