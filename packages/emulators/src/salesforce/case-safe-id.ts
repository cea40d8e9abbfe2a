const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/** The 18 characters of an id of 15, or of 18 whose letters may have lost their case; `undefined` for anything else. */
export function caseSafeId(text: string): string | undefined {
  if (/^[A-Za-z0-9]{15}$/.test(text)) return `${text}${checksum(text)}`;
  if (!/^[A-Za-z0-9]{18}$/.test(text)) return undefined;
  // As Salesforce does: the suffix says how the rest was meant.
  const cased = Array.from(text.slice(0, 15), (character, index) => {
    const bits = ALPHABET.indexOf(text.charAt(15 + Math.floor(index / 5)).toUpperCase());
    return (bits >> (index % 5)) & 1 ? character.toUpperCase() : character.toLowerCase();
  }).join("");
  return checksum(cased) === text.slice(15).toUpperCase() ? `${cased}${checksum(cased)}` : undefined;
}

function checksum(text: string): string {
  return [0, 1, 2]
    .map((chunk) => {
      let bits = 0;
      for (let index = 0; index < 5; index++)
        if (/[A-Z]/.test(text.charAt(chunk * 5 + index))) bits |= 1 << index;
      return ALPHABET.charAt(bits);
    })
    .join("");
}
