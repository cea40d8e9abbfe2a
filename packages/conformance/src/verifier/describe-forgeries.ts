import { createHmac } from "node:crypto";
import type { Reason } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type IssuerKey, issuerKey, signatureOf } from "./issuer-key.ts";
import { type RogueHost, rogueHost } from "./rogue-host.ts";
import { encodePart, signCompact } from "./sign-compact.ts";
import { type VerifierDesk, verifierDesk } from "./verifier-desk.ts";
import type { MakeVerifierFixture } from "./verifier-fixture.ts";

interface Attack {
  readonly attack: string;
  readonly reason: Reason;
  readonly token: (desk: VerifierDesk) => string;
}

/** Tokens whose signature says nothing, or something else than they claim. */
export function describeForgeries(make: MakeVerifierFixture): void {
  describeAlgorithms(make);
  describeKeys(make);
  describeSignatures(make);
}

function describeAlgorithms(make: MakeVerifierFixture): void {
  describe("an algorithm that the attacker chose", () => {
    const desk = verifierDesk(make);
    const hmac = (secret: string | Uint8Array): string =>
      desk.token({
        header: { alg: "HS256" },
        signature: (input) => createHmac("sha256", secret).update(input).digest(),
      });
    const secrets: Readonly<Record<string, (key: IssuerKey) => string | Uint8Array>> = {
      "the public key in PEM": ({ publicKey }) => publicKey.export({ format: "pem", type: "spki" }),
      "the public key in PEM after a newline": ({ publicKey }) =>
        `\n${String(publicKey.export({ format: "pem", type: "spki" }))}`,
      "the public key in DER": ({ publicKey }) => publicKey.export({ format: "der", type: "spki" }),
      "the public key as JWK text": ({ jwk }) => JSON.stringify(jwk),
      "an empty secret": () => "",
      "a guessable secret": () => "secret",
    };

    test.for<Attack>([
      ...["none", "None", "NONE", "nOnE"].flatMap((alg): Attack[] => [
        {
          attack: `${alg}, with no signature`,
          reason: "token_malformed",
          token: () => desk.token({ header: { alg }, signature: () => new Uint8Array() }),
        },
        {
          attack: `${alg}, with a good signature`,
          reason: "token_untrusted",
          token: () => desk.token({ header: { alg } }),
        },
      ]),
      ...Object.entries(secrets).map(([secret, of]): Attack => ({
        attack: `HS256 with ${secret}`,
        reason: "token_untrusted",
        token: () => hmac(of(desk.fixture().key)),
      })),
      ...["RS256", "RS512", "PS256", "ES256", "ES384", "Ed25519"].map((alg): Attack => ({
        attack: `${alg} by a key of the attacker's, under the id of the issuer's`,
        reason: "token_untrusted",
        token: () => desk.token({ key: issuerKey(alg, desk.fixture().key.kid) }),
      })),
      {
        attack: "another name for a good signature",
        reason: "token_untrusted",
        token: () => desk.token({ header: { alg: desk.fixture().key.alg === "RS256" ? "PS256" : "RS256" } }),
      },
      {
        attack: "no alg at all",
        reason: "token_malformed",
        token: () => desk.token({ header: { alg: undefined } }),
      },
      {
        attack: "a list of algorithms",
        reason: "token_malformed",
        token: () => desk.token({ header: { alg: [desk.fixture().key.alg, "none"] } }),
      },
    ])("$attack, is refused: $reason", ({ token, reason }) => desk.refused(token(desk), reason));

    test("of the same kind of key, by the right key, is refused where the key is for another", async () => {
      const { key } = desk.fixture();
      if (!key.alg.startsWith("RS") && !key.alg.startsWith("PS")) return;
      for (const alg of ["RS256", "RS384", "RS512", "PS256", "PS512"].filter((name) => name !== key.alg))
        await desk.refused(desk.token({ key: { ...key, alg } }), "token_untrusted");
    });
  });
}

function describeKeys(make: MakeVerifierFixture): void {
  describe("a key that the attacker brings along", () => {
    const desk = verifierDesk(make);
    const thief = issuerKey("ES256", "thief-1");
    let rogue: RogueHost;
    beforeAll(async () => void (rogue = await rogueHost([thief.jwk])));
    afterAll(() => rogue[Symbol.asyncDispose]());
    const underOwnId = (): string => desk.fixture().key.kid;
    const named = (kid: unknown): string => desk.token({ key: thief, header: { kid } });

    test.for<Attack>([
      {
        attack: "inside the header (jwk)",
        reason: "token_malformed",
        token: () => desk.token({ key: thief, header: { kid: underOwnId(), jwk: thief.jwk } }),
      },
      {
        attack: "inside the header, beside a good signature",
        reason: "token_malformed",
        token: () => desk.token({ header: { jwk: desk.fixture().key.jwk } }),
      },
      {
        attack: "behind a URL in the header (jku)",
        reason: "token_malformed",
        token: () => desk.token({ key: thief, header: { jku: `${rogue.url}/jwks` } }),
      },
      {
        attack: "behind a URL of a certificate (x5u)",
        reason: "token_malformed",
        token: () => desk.token({ key: thief, header: { x5u: `${rogue.url}/cert.pem` } }),
      },
      {
        attack: "as a certificate chain (x5c)",
        reason: "token_malformed",
        token: () => desk.token({ key: thief, header: { x5c: ["MIIB"] } }),
      },
      {
        attack: "by a key id that is a URL",
        reason: "token_untrusted",
        token: () => named(`${rogue.url}/jwks`),
      },
      ...["../../../../dev/null", "' OR 1=1 --", "__proto__", "constructor", ""].map((kid): Attack => ({
        attack: `by the key id ${JSON.stringify(kid)}`,
        reason: "token_untrusted",
        token: () => named(kid),
      })),
      {
        attack: "by the issuer's key id and a NUL",
        reason: "token_untrusted",
        token: () => desk.token({ header: { kid: `${underOwnId()}\u0000` } }),
      },
      {
        attack: "by the issuer's key id and a space",
        reason: "token_untrusted",
        token: () => desk.token({ header: { kid: `${underOwnId()} ` } }),
      },
      {
        attack: "by a key id longer than any",
        reason: "token_malformed",
        token: () => named("k".repeat(257)),
      },
      { attack: "by a key id that is a number", reason: "token_malformed", token: () => named(1) },
      { attack: "by a list of key ids", reason: "token_malformed", token: () => named([underOwnId()]) },
      {
        attack: "under the id of the issuer's key",
        reason: "token_untrusted",
        token: () => named(underOwnId()),
      },
      { attack: "without a key id", reason: "token_untrusted", token: () => named(undefined) },
      {
        attack: "as a new issuer, with discovery and all",
        reason: "token_untrusted",
        token: () => desk.token({ key: thief, claims: { iss: rogue.url } }),
      },
    ])("$attack, is refused: $reason", ({ token, reason }) => desk.refused(token(desk), reason));

    test("is never asked for, whatever the token names: the host saw no request, and it was listening", async () => {
      const claims = { jwks_uri: `${rogue.url}/jwks`, iss_url: rogue.url };
      await desk.refused(desk.token({ key: thief, claims }), "token_untrusted");
      await desk.accepted({ claims });
      for (let index = 0; index < 200; index++)
        await desk.refused(named(`${rogue.url}/${index}`), "token_untrusted");
      expect(rogue.requests).toEqual([]);
      await fetch(`${rogue.url}/jwks`);
      expect(rogue.requests).toEqual(["/jwks"]);
    });
  });
}

function describeSignatures(make: MakeVerifierFixture): void {
  describe("a signature", () => {
    const desk = verifierDesk(make);
    const signed = (input: string): Buffer => {
      const { alg, privateKey } = desk.fixture().key;
      return signatureOf(alg, privateKey, input);
    };
    const flip = (bytes: Uint8Array): Uint8Array =>
      bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte));

    test.for<Attack>([
      {
        attack: "with one bit changed",
        reason: "token_untrusted",
        token: () => desk.token({ signature: (input) => flip(signed(input)) }),
      },
      {
        attack: "one byte short",
        reason: "token_untrusted",
        token: () => desk.token({ signature: (input) => signed(input).subarray(0, -1) }),
      },
      {
        attack: "one byte long",
        reason: "token_untrusted",
        token: () => desk.token({ signature: (input) => Buffer.concat([signed(input), Buffer.of(0)]) }),
      },
      {
        attack: "of zeros",
        reason: "token_untrusted",
        token: () => desk.token({ signature: (input) => new Uint8Array(signed(input).length) }),
      },
      {
        attack: "cut off",
        reason: "token_malformed",
        token: () => desk.token({ signature: () => new Uint8Array() }),
      },
      {
        attack: "cut off with its dot",
        reason: "token_malformed",
        token: () => desk.token().split(".").slice(0, 2).join("."),
      },
      {
        attack: "of other claims, kept while the subject was changed",
        reason: "token_untrusted",
        token: () => {
          const [header, , signature] = desk.token().split(".");
          return `${header}.${encodePart({ ...desk.fixture().claims, jti: "another_0123456789abcdef" })}.${signature}`;
        },
      },
      {
        attack: "of another header, kept while the kind was changed",
        reason: "token_untrusted",
        token: () => {
          const [, claims, signature] = desk.token({ header: { typ: "at+jwt" } }).split(".");
          return `${encodePart(desk.headerText())}.${claims}.${signature}`;
        },
      },
      {
        attack: "of another issuer's key over honest claims",
        reason: "token_untrusted",
        token: () => {
          const key = issuerKey(desk.fixture().key.alg, "another-1");
          return signCompact(key, { header: desk.headerText(), claims: desk.claimsText() });
        },
      },
    ])("$attack, is refused: $reason", ({ token, reason }) => desk.refused(token(desk), reason));

    test("in its mirrored form (ES256, n - s) gives the same identity, never a second one", async () => {
      if (desk.fixture().key.alg !== "ES256") return;
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const token = desk.token();
      const [header, claims, signature] = token.split(".");
      const raw = Buffer.from(signature ?? "", "base64url");
      const s = BigInt(`0x${raw.subarray(32).toString("hex")}`);
      const mirrored = Buffer.from((order - s).toString(16).padStart(64, "0"), "hex");
      const twin = `${header}.${claims}.${encodePart(Buffer.concat([raw.subarray(0, 32), mirrored]))}`;
      expect(twin).not.toBe(token);
      const { verifier } = desk.fixture();
      expect(await verifier.verify(twin)).toEqual(await verifier.verify(token));
    });
  });
}
