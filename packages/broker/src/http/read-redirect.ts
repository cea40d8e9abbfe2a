import { Refusal } from "@watchword/core";

const MAX_PARAMETER = 4_096;

/** What an authorization server's redirect brings back. */
export interface RedirectResponse {
  readonly code: string | undefined;
  readonly state: string | undefined;
  readonly iss: string | undefined;
  readonly error: string | undefined;
}

/**
 * Reads a redirect's parameters, each once: which of two would count is not ours to choose.
 *
 * @throws Refusal with `reason`
 */
export function readRedirect(
  request: Request,
  reason: "login_refused" | "consent_refused",
): RedirectResponse {
  const { searchParams } = new URL(request.url);
  const one = (name: string): string | undefined => {
    const values = searchParams.getAll(name);
    if (values.length > 1 || (values[0]?.length ?? 0) > MAX_PARAMETER)
      throw new Refusal(reason, { detail: `${name} is not one short text`, failedFact: "user" });
    return values[0];
  };
  return { code: one("code"), state: one("state"), iss: one("iss"), error: one("error") };
}
