export { serviceOperations } from "./service-operations.ts";
export { serviceSystem } from "./service-system.ts";
export type { CheckedRequest, NewServiceCheck, ServiceCheck } from "./service-check.ts";
export type { ServiceRequest } from "./service-request.ts";
export type {
  ServiceConnection,
  ServiceSystem,
  ServiceSystemOptions,
  ServiceWorld,
} from "./service-system.ts";
export type { ServiceTwin } from "./service-twin.ts";
