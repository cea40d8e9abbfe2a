export { brokerHttp } from "./broker-http.ts";
export { federationHttp } from "./federation-http.ts";
export { MAX_LEASE_BYTES, leaseDirectoryHttp } from "./lease-directory-http.ts";
export type { LeaseDirectoryHttpOptions } from "./lease-directory-http.ts";
export type { BrokerHttpOptions } from "./broker-http.ts";
export { MAX_FORM_BYTES } from "./read-form-request.ts";
export { MAX_JSON_BYTES } from "./read-json-text.ts";
export { MAX_REPORT_BYTES } from "../evidence/formats/read-report-json.ts";
