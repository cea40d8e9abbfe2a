import { SealedCredential, generateSigner, signToken } from "@watchword/core";
import { salesforceFixture } from "./salesforce-fixture.ts";

type Signer = Awaited<ReturnType<typeof generateSigner>>;

/** Who signs federation tokens: the broker, and somebody else under the same key id. */
export interface FederationKeys {
  readonly broker: Signer;
  readonly stranger: Signer;
}

const ISSUER = "https://federation.broker.example";

/** Makes the keys. */
export async function federationKeys(): Promise<FederationKeys> {
  return { broker: await generateSigner("one"), stranger: await generateSigner("one") };
}

/** An org whose handler takes the broker's tokens for `acme`, with a user for each agent. */
export function exchangingOrg({ broker }: FederationKeys) {
  return salesforceFixture({
    app: {
      handler: {
        name: "Watchword",
        issuer: ISSUER,
        keys: [{ ...broker.publicJwk, kid: broker.keyId }],
        subject: "tenant:acme:system:crm",
        users: { support: "agent@acme.example", "": "agent@acme.example" },
      },
    },
    options: { flow: "token-exchange", handler: "Watchword" },
  });
}

/** A federation token as the broker makes them, but for the claims that are changed. */
export async function federationToken(
  signer: Signer,
  audience: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<SealedCredential> {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: ISSUER, sub: "tenant:acme:system:crm", aud: audience, iat: now, exp: now + 60 };
  return new SealedCredential(
    await signToken(signer, "JWT", { ...usual, tenant: "acme", agent: "support@3", ...claims }),
  );
}

/** The same org for the adapter contract, whose contexts bring no federation tokens: here the adapter has them. */
export async function exchangeFixture() {
  const keys = await federationKeys();
  const fixture = await exchangingOrg(keys);
  const { adapter } = fixture;
  const withToken = { federationToken: (audience: string) => federationToken(keys.broker, audience) };
  return {
    ...fixture,
    adapter: Object.freeze<typeof adapter>({
      ...adapter,
      mint: (authority, context) => adapter.mint(authority, { ...context, ...withToken }),
      selfCheck: (context) => adapter.selfCheck({ ...context, ...withToken }),
    }),
  };
}
