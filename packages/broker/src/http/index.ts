export { brokerHttp } from "./broker-http.ts";
export type { BrokerHttpOptions } from "./broker-http.ts";
