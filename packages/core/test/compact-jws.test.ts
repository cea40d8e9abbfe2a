import { generateSigner, readCompactJws, verifySignedToken } from "@watchword/core";
import { FlattenedSign, GeneralSign, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";
import { expectRefusal, expectRefusalOf } from "./expect-refusal.ts";
import { type Part, encodePart, forgedToken, unsignedToken } from "./forge-token.ts";

const header = { alg: "ES256", typ: "agent-run+jwt", kid: "runs-1" };
const claims = { iss: "https://broker.example", iat: 1 };

function expectMalformed(token: unknown, detail: string): void {
  const refusal = expectRefusal("token_malformed", () => readCompactJws(token));
  expect(refusal.failedFact).toBe("token");
  expect(refusal.message).toContain(detail);
}

test("a token of three well-formed parts is read, and nothing in it is trusted yet", () => {
  const token = unsignedToken(header, claims);
  expect(readCompactJws(token)).toEqual({ header, claims, token });
});

describe("an algorithm that a token chooses", () => {
  test.for([
    "none",
    "None",
    "NONE",
    "nOnE",
    "HS256",
    "RS256",
    "ES384",
    "ES256K",
    "EdDSA",
    "es256",
    "ES256 ",
    "",
  ])("%j is refused, though its signature is good", async (alg) => {
    const signer = await generateSigner();
    const token = await forgedToken(signer, { ...header, alg }, claims);
    const refusal = await expectRefusalOf(
      "token_untrusted",
      verifySignedToken(token, {
        typ: header.typ,
        key: () => expect.fail("a key was looked up for an algorithm that is not ours"),
      }),
    );
    expect(refusal.message).toContain("algorithm");
  });

  test.for<{ name: string; header: object }>([
    { name: "absent", header: { typ: header.typ } },
    { name: "null", header: { ...header, alg: null } },
    { name: "a list", header: { ...header, alg: ["ES256"] } },
    { name: "a number", header: { ...header, alg: 0 } },
  ])("must be text: $name is refused", ({ header: forged }) => {
    expectMalformed(unsignedToken(forged, claims), "no alg");
  });

  test("and a missing signature are refused before that", () => {
    expectMalformed(unsignedToken({ ...header, alg: "none" }, claims, ""), "no signature");
  });
});

describe("a header member that brings a key, or another meaning of the signature", () => {
  test.for<[name: string, value: unknown]>([
    ["jwk", { kty: "EC", crv: "P-256", x: "A", y: "A" }],
    ["jku", "https://attacker.example/jwks.json"],
    ["x5u", "https://attacker.example/chain.pem"],
    ["x5c", ["MIIB"]],
    ["crit", ["exp"]],
    ["crit", []],
    ["crit", ["b64"]],
    ["b64", false],
    ["b64", true],
    ["zip", "DEF"],
    ["enc", "A256GCM"],
    ["epk", {}],
    ["p2c", 2_147_483_648],
    ["p2s", "AAAA"],
    ["apu", "AAAA"],
    ["cty", "JWT"],
    ["iss", "https://broker.example"],
    ["exp", 1],
    ["nonce", "x"],
    ["url", "https://broker.example"],
    ["ALG", "none"],
    ["Alg", "none"],
    ["alg ", "none"],
    ["toString", "x"],
  ])("%s is refused", ([name, value]) => {
    expectMalformed(unsignedToken({ ...header, [name]: value }, claims), "header member is not allowed");
  });

  test("jwk is let through only where the proof's own key is the point", () => {
    const jwk = { kty: "EC", crv: "P-256", x: "A", y: "A" };
    const token = unsignedToken({ ...header, jwk }, claims);
    expect(readCompactJws(token, { allowJwk: true }).header.jwk).toEqual(jwk);
    expectRefusal("token_malformed", () => readCompactJws(token, { allowJwk: false }));
  });

  test.for([null, [], [{}], "text", 1, true])("jwk as %j is refused even there", (jwk) => {
    const token = unsignedToken({ ...header, jwk }, claims);
    expectRefusal("token_malformed", () => readCompactJws(token, { allowJwk: true }));
  });

  test("x5t names a certificate and is passed over, not read", () => {
    const token = unsignedToken({ ...header, x5t: "AAAA", "x5t#S256": "AAAA" }, claims);
    expect(readCompactJws(token).header).toEqual(header);
  });
});

describe("a key id", () => {
  test.for([null, 1, {}, ["runs-1"], true, "k".repeat(257)])("that is %j is refused", (kid) => {
    expectMalformed(unsignedToken({ ...header, kid }, claims), "kid is not a short string");
  });

  test.for(["../../dev/null", "' OR 1=1 --", "https://attacker.example", "__proto__", "k".repeat(256), ""])(
    "that is %j is only text: the lookup decides, and an unknown one is refused",
    async (kid) => {
      const asked: unknown[] = [];
      const token = await forgedToken(await generateSigner(), { ...header, kid }, claims);
      await expectRefusalOf(
        "token_untrusted",
        verifySignedToken(token, {
          typ: header.typ,
          key: (jws) => {
            asked.push(jws.header.kid);
            return undefined;
          },
        }),
      );
      expect(asked).toEqual([kid]);
    },
  );
});

test.for([null, 1, {}, ["agent-run+jwt"]])("a typ that is %j is refused", (typ) => {
  expectMalformed(unsignedToken({ ...header, typ }, claims), "typ is not a string");
});

describe("another serialization", () => {
  test.for([
    [1, "a"],
    [2, "a.b"],
    [4, "a.b.c.d"],
    [5, "a.b.c.d.e"],
    [6, "a.b.c.d.e.f"],
  ] as const)("of %i parts is refused", ([count]) => {
    const parts = [encodePart(header), encodePart(claims), "AAAA", "AAAA", "AAAA", "AAAA"];
    expectMalformed(parts.slice(0, count).join("."), "not three parts");
  });

  test.for<[name: string, token: string]>([
    ["empty header", `.${encodePart(claims)}.AAAA`],
    ["empty claims", `${encodePart(header)}..AAAA`],
    ["empty parts", ".."],
    ["a dot before it", `.${unsignedToken(header, claims)}`],
    ["a dot behind it", `${unsignedToken(header, claims)}.`],
  ])("with %s is refused", ([, token]) => {
    expectRefusal("token_malformed", () => readCompactJws(token));
  });

  test("as JSON, flattened or general, is refused", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const payload = Buffer.from(JSON.stringify(claims));
    const flattened = await new FlattenedSign(payload).setProtectedHeader(header).sign(privateKey);
    const general = await new GeneralSign(payload)
      .addSignature(privateKey)
      .setProtectedHeader(header)
      .addSignature(privateKey)
      .setProtectedHeader(header)
      .sign();
    for (const token of [flattened, general]) {
      expectRefusal("token_malformed", () => readCompactJws(token));
      expectRefusal("token_malformed", () => readCompactJws(JSON.stringify(token)));
      expectRefusal("token_malformed", () => readCompactJws(encodePart(token)));
    }
  });

  test.for([undefined, null, "", 1, true, {}, [], [unsignedToken(header, claims)], Buffer.from("a.b.c")])(
    "that is %j is refused",
    (token) => {
      expectMalformed(token, "absent");
    },
  );
});

describe("the JSON of a part", () => {
  test.for<[name: string, header: Part, claims: Part]>([
    ["alg twice", '{"alg":"ES256","alg":"none"}', claims],
    ["alg twice, once escaped", '{"alg":"ES256","\\u0061lg":"none"}', claims],
    ["crit twice", '{"alg":"ES256","crit":[],"crit":[]}', claims],
    ["kid twice", '{"alg":"ES256","kid":"a","kid":"b"}', claims],
    ["sub twice", header, '{"sub":"a","sub":"b"}'],
    ["aud twice, once escaped", header, '{"aud":"a","\\u0061ud":"b"}'],
    ["a hidden header", '{"alg":"ES256","__proto__":{"jku":"x"}}', claims],
    ["a hidden claim", header, '{"__proto__":{"admin":true}}'],
    ["constructor", header, '{"constructor":{"prototype":{}}}'],
    ["a byte order mark", header, "\ufeff{}"],
    ["text after it", header, "{}{}"],
    ["a NUL after it", header, "{}\u0000"],
    ["half a letter", header, '{"sub":"\\ud800"}'],
    ["a float", header, '{"exp":1.5}'],
    ["an exponent", header, '{"exp":1e9}'],
    ["a number that is none", header, '{"exp":1e400}'],
    ["an unsafe integer", header, '{"exp":9007199254740993}'],
    ["depth", header, `{"a":${"[".repeat(100)}${"]".repeat(100)}}`],
    ["a list of claims", header, "[]"],
    ["null for claims", header, "null"],
    ["text for claims", header, '"{}"'],
    ["a list for a header", "[]", claims],
    ["nothing", header, ""],
    ["no JSON", "alg=ES256", claims],
  ])("with %s is refused", ([, forgedHeader, forgedClaims]) => {
    expectRefusal("token_malformed", () => readCompactJws(unsignedToken(forgedHeader, forgedClaims)));
  });

  test("in bytes that are not UTF-8 is refused", () => {
    const broken = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64url");
    expectMalformed(`${encodePart(header)}.${broken}.AAAA`, "not UTF-8");
    expectMalformed(`${broken}.${encodePart(claims)}.AAAA`, "not UTF-8");
  });
});

describe("size", () => {
  test("over 16,384 characters, or over what a caller says, is refused", () => {
    const fits = unsignedToken(header, claims, "");
    expect(readCompactJws(fits + "A".repeat(16_384 - fits.length)).claims).toEqual(claims);
    expectMalformed(fits + "A".repeat(16_385 - fits.length), "too large");
    const limited = () => readCompactJws(`${fits}AAAA`, { maxBytes: fits.length + 3 });
    expectRefusal("token_malformed", limited);
  });

  test.for([
    ["a million dots", ".".repeat(1_000_000)],
    ["a header of a million letters", `${"A".repeat(1_000_000)}.e30.AAAA`],
    ["10,000 brackets", unsignedToken("[".repeat(10_000), {})],
  ] as const)("of %s is refused", ([, token]) => {
    expectRefusal("token_malformed", () => readCompactJws(token));
  });
});

test("a refusal quotes nothing of the token", () => {
  const canary = "sk_live_canary";
  for (const token of [
    unsignedToken({ ...header, [canary]: 1 }, claims),
    unsignedToken(header, `{"${canary}":1,"${canary}":2}`),
    `${canary}.${canary}.${canary}!`,
  ]) {
    const refusal = expectRefusal("token_malformed", () => readCompactJws(token));
    expect(`${refusal.message} ${refusal.stack} ${String(refusal.cause)}`).not.toContain(canary);
  }
});
