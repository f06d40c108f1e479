export { createApi } from './create-api.ts';
export type { Api, CreateApiOptions } from './create-api.ts';
export { openAdmission } from './settings/admission-settings.ts';
export { readApiSettings } from './settings/api-settings.ts';
export type { ApiPolicy, ApiSettings } from './settings/api-settings.ts';
