export * from './errors.ts';
export * from './port.ts';
export * from './topic-admin.port.ts';
