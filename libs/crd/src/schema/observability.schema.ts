import { endpointIsUrl } from '../rules.ts';
import { choice, ratio, section, text } from '../schema-kit.ts';

export const observabilitySchema = section('What the pods tell about themselves.', {
  logLevel: choice('Least severe level that is logged. Default info.', [
    'fatal',
    'error',
    'warn',
    'info',
    'debug',
    'trace',
  ]).default('info'),
  tracing: section('Traces by OpenTelemetry.', {
    otlpEndpoint: text(
      'HTTP address of an OTLP collector, for example http://collector.observability:4318. Default: none, and then nothing is traced. Unreachable: spans are dropped, requests are not delayed.',
      {
        max: 512,
        pattern: String.raw`^https?://[^\s]+$`,
        rules: [endpointIsUrl],
      },
    ).exactOptional(),
    sampleRatio: ratio(
      'Share of new traces that are kept, 0 to 1. Default 0.05. A trace begun by a caller keeps the choice of the caller.',
      { min: 0, max: 1 },
    ).default(0.05),
  }),
});
