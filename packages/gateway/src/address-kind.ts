import { BlockList, isIP } from "node:net";

/** What an address is, as far as a credential is concerned: it may go to `public` ones, to others where an operator says so. */
export type AddressKind = "public" | "private" | "loopback" | "refused";

type Range = readonly [address: string, prefix: number];

/** RFC 6890 and the registries that it founds: loopback. */
const LOOPBACK: readonly Range[] = [
  ["127.0.0.0", 8],
  ["::1", 128],
];
/** Addresses within one's own network (RFC 1918, RFC 4193, RFC 6598). */
const PRIVATE: readonly Range[] = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["fc00::", 7],
];
/** Nobody's system: this network, link-local, documentation, benchmarks, multicast, reserved; and where clouds give out credentials. */
const REFUSED: readonly Range[] = [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["168.63.129.16", 32],
  ["100.100.100.200", 32],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["fd00:ec2::254", 128],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];
/** IPv6 that speaks of an IPv4 address: mapped, compatible, translated (RFC 6052), 6to4; with the place of its 32 bits. */
const EMBEDDED: readonly { readonly range: readonly Range[]; readonly hextet: number }[] = [
  { range: [["::ffff:0:0", 96]], hextet: 6 },
  { range: [["::", 96]], hextet: 6 },
  { range: [["64:ff9b::", 96]], hextet: 6 },
  { range: [["2002::", 16]], hextet: 1 },
];

/** Says what an IP address is. Whatever is none, or is written in a way that is not known, is refused. */
export function addressKind(address: string): AddressKind {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return "refused";
  const type = family === 4 ? "ipv4" : "ipv6";
  const within = (ranges: readonly Range[]): boolean => listOf(ranges).check(address, type);
  if (within(LOOPBACK)) return "loopback";
  // Before the rest: some of what must never be reached lies within private ranges.
  if (within(REFUSED)) return "refused";
  if (within(PRIVATE)) return "private";
  if (family === 4) return "public";
  const found = EMBEDDED.find(({ range }) => within(range));
  return found === undefined ? "public" : addressKind(embedded(address, found.hextet));
}

/** The IPv4 address within an IPv6 one. */
function embedded(address: string, hextet: number): string {
  // A URL's host is in the one spelling of RFC 5952, without dots.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const partsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [partsOf(head), partsOf(tail ?? "")];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => "0");
  const [high = 0, low = 0] = [...before, ...zeros, ...after]
    .slice(hextet, hextet + 2)
    .map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** Lists as they are made, at the first address that is held against them. */
const LISTS = new Map<readonly Range[], BlockList>();

function listOf(ranges: readonly Range[]): BlockList {
  const known = LISTS.get(ranges);
  if (known !== undefined) return known;
  const list = new BlockList();
  LISTS.set(ranges, list);
  for (const [address, prefix] of ranges)
    list.addSubnet(address, prefix, address.includes(":") ? "ipv6" : "ipv4");
  return list;
}
