import type { InboundResponse, SealedCredential } from "@watchword/core";

/** Encoded forms shorter than this would be found in innocent text. */
const MIN_ENCODED = 12;
/** Members of a compound credential shorter than this are its names and dates, which answers may hold. */
const MIN_MEMBER = 32;

/**
 * Whether a response gives the credential back: as it is, percent-encoded, escaped for JSON, or within base64. Of a user with
 * a password the password alone counts, too, and of a credential of several parts (JSON) each long one.
 */
export function containsSecret(response: InboundResponse, credential: SealedCredential): boolean {
  const texts = [latin1(response.body), Object.values(response.headers).join("\n")].flatMap(readings);
  return spellingsOf(credential).some((spelling) => texts.some((text) => text.includes(spelling)));
}

/** Every text that counts as the credential. They are as secret as it. */
export function spellingsOf(credential: SealedCredential): string[] {
  return credential.open((secret) =>
    [secret, ...passwordOf(secret), ...membersOf(secret)].flatMap(spellings),
  );
}

/** The password of `user:password` (RFC 7617), unless it is so short that innocent text holds it. */
function passwordOf(secret: string): string[] {
  const [, password] = /^[^:]+:(.{8,})$/s.exec(secret) ?? [];
  return password === undefined ? [] : [password];
}

/** The long texts in a credential that is a JSON object: a signing key, a session's token. */
function membersOf(secret: string): string[] {
  if (!secret.startsWith("{")) return [];
  try {
    const members: unknown = JSON.parse(secret);
    return Object.values(members as object).filter(
      (member): member is string => typeof member === "string" && member.length >= MIN_MEMBER,
    );
  } catch {
    return [];
  }
}

/** A text, and what it says to somebody who undoes JSON's escapes and then percent-encoding: each has many spellings. */
function readings(text: string): string[] {
  if (!text.includes("\\") && !text.includes("%")) return [text];
  const unescaped = text.replace(
    /\\(?:u([0-9a-f]{4})|(.))/gi,
    (_escape, code: string | undefined, character = "") =>
      code === undefined
        ? (CONTROLS[String(character)] ?? String(character))
        : String.fromCharCode(parseInt(code, 16)),
  );
  const decoded = unescaped.replace(/%([0-9a-f]{2})/gi, (_escape, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  return [text, unescaped, decoded];
}

const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Within longer base64 a text begins at one of three offsets; the characters at its edges also hold its neighbours.
  const encoded = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(offset === 0 ? 0 : offset + 1, -1);
    return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [
    latin1(bytes),
    encodeURIComponent(secret),
    latin1(Buffer.from(JSON.stringify(secret).slice(1, -1))),
    ...encoded.filter((text) => text.length >= MIN_ENCODED),
  ];
}

/** A character per byte, so that bytes which are no text are searched too. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
