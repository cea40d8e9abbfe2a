import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { randomToken, sha256 } from "@watchword/core";
import type { DevelopmentIssuer } from "@watchword/identity/local-key";

/** What a test changes about one login. */
export interface LoginAnswer {
  readonly subject: string;
  readonly claims: Record<string, unknown>;
  /** NumericDate; `undefined`: the token does not say when. */
  readonly authTime: number | undefined;
  readonly nonce?: string;
  readonly audience?: string;
  /** Signs in place of the login service itself. */
  readonly issuer?: DevelopmentIssuer;
}

/** A login service with the code flow and PKCE, as strict as OpenID Connect Core and RFC 7636 want it. */
export interface LoginTwin extends AsyncDisposable {
  readonly url: string;
  /** What reached the token endpoint. */
  readonly redeemed: {
    readonly form: URLSearchParams;
    readonly authorization: string | undefined;
    status: number;
  }[];
  /** A person logs in: what their browser is sent back with. */
  login(authorizationUrl: string, answer: LoginAnswer): { readonly code: string; readonly state: string };
}

interface Code {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly clientId: string;
  readonly token: () => Promise<string>;
}

export async function loginTwin(issuer: DevelopmentIssuer, clientId: string): Promise<LoginTwin> {
  const codes = new Map<string, Code>();
  const redeemed: LoginTwin["redeemed"] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    request.on("end", () => void redeem(new URLSearchParams(text)));
    async function redeem(form: URLSearchParams): Promise<void> {
      const code = codes.get(form.get("code") ?? "");
      // Single use, whether it works or not (RFC 6749 section 4.1.2).
      codes.delete(form.get("code") ?? "");
      const good =
        request.method === "POST" &&
        form.get("grant_type") === "authorization_code" &&
        code !== undefined &&
        form.get("redirect_uri") === code.redirectUri &&
        form.get("client_id") === code.clientId &&
        sha256(form.get("code_verifier") ?? "") === code.challenge;
      redeemed.push({ form, authorization: request.headers.authorization, status: good ? 200 : 400 });
      response.writeHead(good ? 200 : 400, { "content-type": "application/json" });
      response.end(
        JSON.stringify(
          good
            ? { access_token: "canary-access", token_type: "Bearer", id_token: await code.token() }
            : { error: "invalid_grant" },
        ),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    redeemed,
    login: (authorizationUrl, answer) => {
      const asked = new URL(authorizationUrl).searchParams;
      const one = (name: string): string => asked.getAll(name).join(" | ");
      if (
        one("response_type") !== "code" ||
        one("code_challenge_method") !== "S256" ||
        one("client_id") !== clientId
      )
        throw new Error("the login service refuses the request");
      const code = randomToken(32);
      codes.set(code, {
        challenge: one("code_challenge"),
        redirectUri: one("redirect_uri"),
        clientId,
        token: () =>
          (answer.issuer ?? issuer).idToken({
            subject: answer.subject,
            audience: answer.audience ?? clientId,
            claims: { ...answer.claims, nonce: answer.nonce ?? one("nonce") },
            ...(answer.authTime === undefined ? {} : { authTime: answer.authTime }),
          }),
      });
      return { code, state: one("state") };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
