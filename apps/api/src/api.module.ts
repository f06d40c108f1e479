import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { JobQueue } from './jobs/job-queue.ts';
import { JobWatch } from './jobs/job-watch.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { OpenApiController } from './openapi/openapi.controller.ts';
import { PORTS } from './ports.ts';
import type { ApiPorts } from './ports.ts';
import { Idempotency } from './idempotency/idempotency.ts';
import { BatchController } from './tags/batch.controller.ts';
import { FindBatch } from './tags/find-batch.use-case.ts';
import { FindTags } from './tags/find-tags.use-case.ts';
import { FindUrls } from './tags/find-urls.use-case.ts';
import { PageRecords } from './tags/page-records.ts';
import { TagsController } from './tags/tags.controller.ts';

@Module({})
export class ApiModule {
  static on(ports: ApiPorts): DynamicModule {
    return {
      module: ApiModule,
      controllers: [TagsController, BatchController, JobsController, OpenApiController],
      providers: [
        { provide: PORTS, useValue: ports },
        ...[PageRecords, JobQueue, JobWatch, Idempotency],
        ...[FindTags, FindBatch, FindUrls],
      ],
    };
  }
}
