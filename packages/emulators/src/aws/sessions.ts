import { createHash, randomBytes } from "node:crypto";
import type { PolicyStatement } from "./parse-policy.ts";

/** A living or dead session, without its secrets. */
export interface TwinSession {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly role: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** How often it was narrowed. */
  readonly scoped: number;
  readonly description: string | undefined;
}

/** A session as the twin holds it. */
export interface HeldSession extends TwinSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The role's own, and each by which it was narrowed: all must allow. */
  readonly policies: readonly (readonly PolicyStatement[])[];
}

/** The sessions that a twin has given out. They are kept after their end: AWS knows a dead one from an unknown one. */
export class Sessions {
  readonly #held = new Map<string, HeldSession>();

  issue(session: Omit<HeldSession, "accessKeyId" | "secretAccessKey" | "sessionToken">): HeldSession {
    const issued = {
      ...session,
      accessKeyId: `ASIA${createHash("sha256").update(randomBytes(16)).digest("hex").slice(0, 16).toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: `FwoG${randomBytes(120).toString("base64")}`,
    };
    this.#held.set(issued.accessKeyId, issued);
    return issued;
  }

  find(accessKeyId: string): HeldSession | undefined {
    return this.#held.get(accessKeyId);
  }

  all(): readonly TwinSession[] {
    return [...this.#held.values()].map(
      ({ name, arn, account, role, expiresAt, sourceIdentity, tags, scoped, description }) => ({
        name,
        arn,
        account,
        role,
        expiresAt,
        sourceIdentity,
        tags,
        scoped,
        description,
      }),
    );
  }
}
