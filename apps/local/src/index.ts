export { PortTaken, startLocalService } from './local-service.ts';
export type { LocalService } from './local-service.ts';
