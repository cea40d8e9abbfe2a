/** The three exchanges of the one endpoint. */
export type ExchangeKind = "start" | "delegate" | "act";
