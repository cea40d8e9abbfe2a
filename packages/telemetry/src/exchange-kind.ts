/** The exchanges of the one endpoint; a renewal is a start that goes on. */
export type ExchangeKind = "start" | "renew" | "delegate" | "act";
