import {
  type Clock,
  type Signer,
  TICKET_SECONDS,
  TOKEN_TYPES,
  numericDate,
  randomToken,
  signToken,
  starterUri,
  systemClock,
} from "@watchword/core";

/** What a {@link signRunTicket} ticket says. */
export interface RunTicket {
  /** The starter's name, as under `starters:` in the policy. */
  readonly starter: string;
  /** The starter's key; the policy declares its public half. */
  readonly signer: Signer;
  /** The broker's issuer. */
  readonly audience: string;
  readonly tenant: string;
  /** Agent id, without a version. */
  readonly agent: string;
  readonly user?: { readonly issuer: string; readonly subject: string };
  /** What started it, for people. */
  readonly trigger: string;
  /** Default and longest: 300. */
  readonly lifetimeSeconds?: number;
  readonly clock?: Clock;
}

/**
 * Signs a ticket by which one run may be started: for a queue, a webhook or an application's backend that knows the tenant
 * when nobody is logged in.
 *
 * @example
 * ```ts
 * const ticket = await signRunTicket({ starter: "queue", signer, audience: issuer, tenant: "acme", agent: "support", trigger: "ticket 1042" });
 * await runtime.run({ ticket }, () => agent.generate(…));
 * ```
 */
export function signRunTicket(ticket: RunTicket): Promise<string> {
  const { starter, signer, audience, tenant, agent, user, trigger } = ticket;
  const now = numericDate(ticket.clock ?? systemClock);
  return signToken(signer, TOKEN_TYPES.ticket, {
    iss: starterUri(starter),
    aud: audience,
    iat: now,
    exp: now + Math.min(ticket.lifetimeSeconds ?? TICKET_SECONDS, TICKET_SECONDS),
    jti: randomToken(16),
    tenant,
    agent,
    ...(user === undefined ? {} : { user }),
    trigger,
  });
}
