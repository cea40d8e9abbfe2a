import {
  Refusal,
  SealedCredential,
  numericDate,
  parseStrictJson,
  randomToken,
  sha256,
} from "@watchword/core";
import { z } from "zod";
import type { BrokerContext } from "../broker-context.ts";

/** Seconds that a person may take at another service. */
const BEGUN_SECONDS = 600;

/** Bytes of a state that could be one of ours. */
const MAX_STATE = 4_096;

const Sealed = z.strictObject({
  /** Spent when it is finished. */
  id: z.string(),
  /** RFC 7636 section 4.1 */
  verifier: z.string(),
  startedAt: z.int(),
  about: z.unknown(),
});

/** What a way through another service is for, and what has to come back from it unchanged. */
export interface StatePurpose<About> {
  /** Authenticated with the state: one that was begun for something else does not open. */
  readonly name: string;
  readonly about: z.ZodType<About>;
  readonly refused: (detail: string) => Refusal;
}

/** A way that was begun here. */
export interface Begun<About> {
  readonly id: string;
  readonly verifier: string;
  /** NumericDates. */
  readonly startedAt: number;
  readonly expiresAt: number;
  readonly about: About;
}

/**
 * Begins a way through another service: what is secret of it travels, sealed, in `state` itself, so that any replica can finish
 * it and none keeps anything.
 */
export async function sealState<About>(
  context: BrokerContext,
  { name }: StatePurpose<About>,
  about: About,
): Promise<{ readonly state: string; readonly challenge: string }> {
  const verifier = randomToken(32);
  const begun = { id: randomToken(16), verifier, startedAt: numericDate(context.clock), about };
  const sealed = await context.keys.sealer.seal(
    new SealedCredential(JSON.stringify(begun)),
    sealedFor(context, name),
  );
  return { state: Buffer.from(sealed).toString("base64url"), challenge: sha256(verifier) };
}

/** @throws Refusal for a state that is not ours, was begun for something else, or is too old */
export async function openState<About>(
  context: BrokerContext,
  purpose: StatePurpose<About>,
  state = "",
): Promise<Begun<About>> {
  const begun = await read(context, purpose, state);
  const age = numericDate(context.clock) - begun.startedAt;
  if (age < 0 || age > BEGUN_SECONDS) throw purpose.refused("it took too long");
  return { ...begun, expiresAt: begun.startedAt + BEGUN_SECONDS };
}

async function read<About>(
  context: BrokerContext,
  { name, about, refused }: StatePurpose<About>,
  state: string,
): Promise<Omit<Begun<About>, "expiresAt">> {
  if (state.length > MAX_STATE) throw refused("state is not one of this broker's");
  try {
    const sealed = await context.keys.sealer.open(Buffer.from(state, "base64url"), sealedFor(context, name));
    const begun = Sealed.parse(parseStrictJson(sealed.open((text) => text)));
    return { ...begun, about: about.parse(begun.about) };
  } catch {
    throw refused("state is not one of this broker's");
  }
}

const sealedFor = ({ issuer }: BrokerContext, name: string): string => JSON.stringify([name, issuer]);
