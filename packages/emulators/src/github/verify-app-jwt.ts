import { type KeyObject, createPublicKey, verify } from "node:crypto";
import { Refusal, readCompactJws } from "@watchword/core";
import { GithubProblem } from "./github-problem.ts";
import type { AppSeed } from "./twin-options.ts";

const MAX_LIFE_SECONDS = 600;
const SKEW_SECONDS = 60;

/** A seeded App with its imported key. */
export interface TwinApp {
  readonly id: number;
  readonly slug: string;
  readonly key: KeyObject;
}

/** Imports the public key of a seed. @throws for a key that is none */
export function appOf(seed: AppSeed): TwinApp {
  const key =
    typeof seed.publicKey === "string"
      ? createPublicKey(seed.publicKey)
      : createPublicKey({ key: seed.publicKey, format: "jwk" });
  return { id: seed.id, slug: seed.slug, key };
}

/**
 * The App that signed a JSON Web Token: RS256, issued not in the future, living at most ten minutes.
 *
 * @throws GithubProblem 401 with GitHub's words
 */
export function verifyAppJwt(apps: readonly TwinApp[], token: string, nowSeconds: number): TwinApp {
  const jwt = readJwt(token);
  const { iss, iat, exp } = jwt.claims;
  const app = apps.find((candidate) => iss === candidate.id || iss === String(candidate.id));
  if (app === undefined)
    throw new GithubProblem(
      401,
      "'Issuer' claim ('iss') must be an Integer or String of an existing GitHub App",
    );
  const [head = "", claims = "", signature = ""] = token.split(".");
  const signed = verify(
    "RSA-SHA256",
    Buffer.from(`${head}.${claims}`),
    app.key,
    Buffer.from(signature, "base64url"),
  );
  if (jwt.header.alg !== "RS256" || !signed) throw undecodable();
  if (typeof iat !== "number" || iat > nowSeconds + SKEW_SECONDS)
    throw new GithubProblem(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (typeof exp !== "number" || exp <= nowSeconds)
    throw new GithubProblem(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > nowSeconds + MAX_LIFE_SECONDS)
    throw new GithubProblem(401, "'Expiration time' claim ('exp') is too far in the future");
  return app;
}

function readJwt(token: string): ReturnType<typeof readCompactJws> {
  try {
    return readCompactJws(token);
  } catch (error) {
    if (Refusal.is(error)) throw undecodable();
    throw error;
  }
}

const undecodable = (): GithubProblem => new GithubProblem(401, "A JSON web token could not be decoded");
