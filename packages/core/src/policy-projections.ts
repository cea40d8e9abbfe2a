import { z } from "zod";
import type { PublicJwk } from "./signer.ts";
import type { ProofMaker } from "./token-request.ts";

const NumericDate = z.int().min(0).max(99_999_999_999);
const Text = z.string().min(1).max(1024);

/** Claims of `policy-projection+jwt`: what concerns one agent of the active policy. It denies at most. */
export const ProjectionClaims = z.strictObject({
  /** The broker. */
  iss: Text,
  /** The agent (`urn:watchword:agent:…`), whoever runs it: for any other it is worth nothing. */
  aud: Text,
  iat: NumericDate,
  exp: NumericDate,
  policy_version: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Epoch of the policy's activation. */
  epoch: z.int().min(0),
  /** Read by `readProjection` of the policy package, whose version it names. */
  projection: z.unknown(),
});
export type ProjectionClaims = z.infer<typeof ProjectionClaims>;

/** Bytes of a projection's token, at most. A policy with more about one agent has none. */
export const PROJECTION_BYTES = 65_536;

/** A question for the projection of the run's own agent. */
export interface ProjectionQuestion {
  readonly runToken: string;
  /** Makes the proof that goes along, for `GET` of {@link projectionUrl}. */
  readonly dpop: ProofMaker;
  /** Tag of the projection that is there already. */
  readonly etag?: string;
}

/** A signed projection, with the tag by which to ask whether there is a newer one. */
export interface TaggedProjection {
  readonly etag: string;
  /** `policy-projection+jwt` */
  readonly token: string;
}

/** The side of a broker that lets runtimes deny by themselves. A refusal is thrown: `Refusal` with the broker's reason. */
export interface PolicyProjections {
  /** `unchanged`: the one that is there already; `none`: this broker has none for the agent. */
  current(question: ProjectionQuestion): Promise<TaggedProjection | "unchanged" | "none">;
  /** The public keys that projections are verified with. */
  keys(): Promise<readonly (PublicJwk & { readonly kid: string })[]>;
  /** Brings a `denial-batch+jwt`; gives how many denials it held. */
  report(runToken: string, batch: string): Promise<number>;
}

/** The URL that proofs for a projection are made for. */
export const projectionUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/policy/projection`;

/** Where batches of local denials go. */
export const denialsUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/denials`;
