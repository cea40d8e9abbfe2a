import { randomBytes } from "node:crypto";

/** One rule of an access boundary, as the twin reads it. */
export interface BoundaryRule {
  readonly bucket: string;
  readonly role: string;
  readonly condition: { readonly object: string } | { readonly listPrefix: string };
}

/** A token that Google gave out. */
export interface GoogleToken {
  readonly token: string;
  readonly kind: "federated" | "service-account" | "cut-down";
  /** The federation token's subject, or the service account. */
  readonly principal: string;
  readonly scopes: readonly string[];
  readonly rules: readonly BoundaryRule[] | undefined;
  /** NumericDate. */
  readonly expiresAt: number;
}

/** Every token that was given, oldest first. */
export class IssuedTokens {
  readonly all: GoogleToken[] = [];

  issue(given: Omit<GoogleToken, "token">): GoogleToken {
    const prefix = given.kind === "federated" ? "ya29.d.canary" : "ya29.c.canary";
    const issued = { ...given, token: `${prefix}_${randomBytes(24).toString("base64url")}` };
    this.all.push(issued);
    return issued;
  }

  alive(token: string | undefined, nowSeconds: number): GoogleToken | undefined {
    return this.all.find((given) => given.token === token && given.expiresAt > nowSeconds);
  }
}
