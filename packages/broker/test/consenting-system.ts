import { type Adapter, type AdapterContext, Refusal, SealedCredential } from "@watchword/core";
import { type ConsentTwin, consentTwin } from "@watchword/emulators/consent";
import { mintingSystem } from "./minting-system.ts";
import { CANARY, ISSUER } from "./world.ts";

export const CLIENT_SECRET = "client_canary_0a4c_must_never_be_seen";
const CLIENT = { clientId: "broker", clientSecret: new SealedCredential(CLIENT_SECRET) };

/** A downstream system whose root secret a person's consent gives. */
export interface ConsentingSystem extends AsyncDisposable {
  readonly twin: ConsentTwin;
  readonly adapter: Adapter;
  /** Refresh tokens that it minted with. */
  readonly mintedWith: Set<string>;
}

export async function consentingSystem(change: Partial<Adapter["consent"]> = {}): Promise<ConsentingSystem> {
  const { adapter } = mintingSystem();
  const mintedWith = new Set<string>();
  const twin = await consentTwin({
    clients: {
      broker: {
        secret: CLIENT_SECRET,
        redirectUris: [`${ISSUER}/connections/consent`],
        scopes: ["tickets", "offline"],
      },
    },
    accounts: ["acct_acme", "acct_globex", "acct_new"],
  });

  async function accountOf(
    accessToken: SealedCredential,
    { fetch: call, signal }: Pick<AdapterContext, "fetch" | "signal">,
  ): Promise<string> {
    const headers = accessToken.open((token) => ({ authorization: `Bearer ${token}` }));
    const response = await call(twin.accountEndpoint, { headers, redirect: "error", signal });
    if (!response.ok) throw new Refusal("downstream_refused");
    return ((await response.json()) as { account: string }).account;
  }

  async function renewed({ connection, fetch: call, signal }: AdapterContext): Promise<SealedCredential> {
    const form = connection.secret.open((token) => ({ grant_type: "refresh_token", refresh_token: token }));
    const response = await call(twin.tokenEndpoint, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`broker:${CLIENT_SECRET}`).toString("base64")}` },
      body: new URLSearchParams(form),
      redirect: "error",
      signal,
    });
    if (!response.ok) throw new Refusal("downstream_refused", { detail: "the refresh token is not taken" });
    return new SealedCredential(((await response.json()) as { access_token: string }).access_token);
  }

  const consenting: Adapter = {
    ...adapter,
    consent: {
      authorizationEndpoint: twin.authorizationEndpoint,
      tokenEndpoint: twin.tokenEndpoint,
      issuer: twin.url,
      ...CLIENT,
      scopes: ["tickets", "offline"],
      parameters: { prompt: "consent", state: "not ours to choose" },
      accountOf,
      ...change,
    },
    mint: async (authority, context) => {
      await renewed(context);
      mintedWith.add(context.connection.secret.open((token) => token));
      return adapter.mint(authority, context);
    },
    selfCheck: async (context) => {
      // The tests' worlds are connected with it before anybody consents.
      if (context.connection.secret.open((token) => token === CANARY)) return [];
      const account = await accountOf(await renewed(context), context);
      return account === context.connection.account
        ? [{ severity: "ok", text: `it works on ${account}` }]
        : [{ severity: "error", text: "it works on another account" }];
    },
  };
  return { twin, adapter: consenting, mintedWith, [Symbol.asyncDispose]: () => twin.close() };
}
