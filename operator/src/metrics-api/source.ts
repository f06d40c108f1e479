import type { Cache } from '@tagservice/controller-runtime';
import type { LagReader } from '../kafka/lag-reader.ts';
import { TagServices } from '../resource.ts';
import { LAG_METRIC } from '../scaling/scaling.plan.ts';
import { readService } from '../service/read-service.ts';
import type { MetricSource } from './handler.ts';
import type { UtilizationReader } from './utilization.ts';

/** The values of the TagServices in the cache. */
export function metricSource(options: {
  cache: Cache;
  lag: LagReader;
  utilization: Pick<UtilizationReader, 'read'>;
}): MetricSource {
  return {
    async read(metric, key) {
      const where = `TagService ${key.namespace}/${key.name}`;
      const object = options.cache.store(TagServices).get(key);
      if (object === undefined) return { kind: 'missing', reason: `there is no ${where}` };
      const service = readService(object);
      if (!service.ok) return { kind: 'unknown', reason: `${where} cannot be read: ${service.problems.join('; ')}` };
      if (metric !== LAG_METRIC) return options.utilization.read(service.value);
      const reading = await options.lag.read(service.value);
      return reading.kind === 'known'
        ? { kind: 'known', value: reading.total }
        : { kind: 'unknown', reason: `${where}: ${reading.reason}` };
    },
  };
}
