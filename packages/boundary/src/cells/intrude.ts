import {
  type Reason,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  generateSigner,
  isReason,
  randomToken,
  runUri,
  sha256,
} from "@watchword/core";
import type { ProposedAction, ToolCall } from "../world/actor.ts";
import { sendToGateway } from "../world/send-to-gateway.ts";
import { tamperedAssertion } from "../world/tampered-assertion.ts";
import type { AgentPlace } from "./agent-methods.ts";

/** What somebody read out of a runtime's memory: everything but the run's key, which cannot be read. */
export interface Stolen {
  readonly runId: string;
  readonly runToken: string;
  readonly handle: string;
  /** The gateway's URL as the lease said it. */
  readonly lease: string;
}

/** What a thief tries, and how it was refused; `null`: it was not. */
export interface Intrusion {
  readonly attempt: string;
  readonly reason: Reason | null;
}

/**
 * Tries what was stolen from another cell, with a key of the thief's own: an act in the run's name, and the handle with another
 * proof, with none, and as a bearer token.
 */
export async function intrude(wanted: {
  readonly place: AgentPlace;
  readonly now: number;
  readonly stolen: Stolen;
  readonly action: ProposedAction;
  readonly request: ToolCall;
}): Promise<Intrusion[]> {
  const { httpBroker, socketFetch } = await import("@watchword/middleware");
  const { place, now, stolen, action, request } = wanted;
  const key = await generateSigner();
  const client = httpBroker({ issuer: place.issuer, socket: place.broker });
  const fetch = socketFetch(place.gateway);
  const run = { id: stolen.runId, agent: "", key, token: stolen.runToken };
  const claims = {
    iss: runUri(stolen.runId),
    aud: client.issuer,
    iat: now,
    exp: now + 60,
    jti: randomToken(16),
    ath: sha256(stolen.runToken),
    call: { tool: "stolen", id: "call-stolen" },
    action: { v: 1, ...action },
  };
  const assertion = await tamperedAssertion(run, claims, undefined);
  const acted = await client.token({
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: stolen.runToken,
    subject_token_type: TOKEN_TYPE_URIS.run,
    actor_token: assertion,
    actor_token_type: TOKEN_TYPE_URIS.assertion,
  });
  const options = { fetch, now: () => now };
  const held = { handle: stolen.handle, gateway: stolen.lease };
  const [proven, unproven] = [
    await sendToGateway(options, held, key, request),
    await sendToGateway(options, held, undefined, request),
  ];
  const bearer = await fetch(`${stolen.lease}/${request.system}${request.target}`, {
    method: request.method,
    headers: { ...request.headers, authorization: `Bearer ${stolen.handle}` },
    body: request.body === null ? null : Buffer.from(request.body, "base64"),
    redirect: "manual",
  });
  await bearer.arrayBuffer();
  const said = bearer.headers.get("watchword-reason");
  return [
    { attempt: "an act with the stolen run token", reason: acted.ok ? null : acted.reason },
    { attempt: "the stolen handle with a proof by another key", reason: proven.reason },
    { attempt: "the stolen handle without a proof", reason: unproven.reason },
    { attempt: "the stolen handle as a bearer token", reason: isReason(said) ? said : null },
  ];
}
