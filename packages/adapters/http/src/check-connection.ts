import { type AdapterContext, type Finding, Refusal } from "@watchword/core";
import { secretHeader } from "./inject-secret.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { readPointer } from "./json-pointer.ts";
import { fillTemplate, parseTemplate } from "./path-template.ts";
import { readObject } from "./read-object.ts";

const CHECK_MILLISECONDS = 5_000;

/** Checks a connection by the declared read, without changing anything: the key fits its header, works, and on this account. */
export async function checkConnection(
  settings: HttpSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  try {
    secretHeader(settings, context.connection.secret);
    return [await checkAccount(settings, context), STATIC];
  } catch (error) {
    // A refusal is a finding of the check, not its failure.
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}

const STATIC: Finding = {
  severity: "ok",
  text: "the key is static; that it may do no more than is declared only the system's own console shows",
};

/**
 * The declared read with the connection's credential.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`
 */
export async function checkAccount(settings: HttpSettings, context: AdapterContext): Promise<Finding> {
  const { account } = context.connection;
  const path = fillTemplate(parseTemplate(settings.check.path) ?? [], (segment) =>
    "account" in segment ? account : undefined,
  );
  if (path === undefined) return { severity: "error", text: `the account ${account} cannot stand in a path` };
  const query = new URLSearchParams(settings.check.query).toString();
  const body = await readObject(settings, context, {
    path: query === "" ? path : `${path}?${query}`,
    needs: "the declared check (read)",
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]),
  });
  if (body === undefined)
    return { severity: "error", text: `the system shows nothing at the declared check for ${account}` };
  if (settings.check.account === undefined)
    return { severity: "ok", text: `the system lets the key read for ${account}` };
  const held = readPointer(body, settings.check.account);
  if (held === account) return { severity: "ok", text: `the key works on ${account}` };
  return { severity: "error", text: `the connection names ${account}, and the key works on another account` };
}
